// SPDX-License-Identifier: Apache-2.0
//
// One saved connection: what can be done with it, and how that goes.

import { post } from "/api.js";
import { Credential } from "/credential.js";
import { actionButton, fill, h, keepFocus } from "/dom.js";
import { errorNotice, isSameError } from "/errors.js";
import { LiveView } from "/live.js";
import { SignIn } from "/sign_in.js";
import { Steps } from "/test.js";
import { unfold, verdict } from "/verdict.js";

export class Detail {
  #connection = null;
  #actions;
  #title = h("div", { class: "title" });
  #buttons = h("div", { class: "actions" });
  #note = h("div", { role: "status" });
  #signInPlace = h("div", {});
  #testPlace = h("div", {});
  #verdict = unfold("What the gateway says", () => verdict(this.#credential.answer));
  #credential;
  #live;
  #signIn = null;
  #test = null;
  #doctor = null;
  // Why the gateway did not answer the last probe.
  #unanswered = null;

  constructor(connection, actions) {
    this.name = connection.name;
    this.#actions = actions;
    this.#live = new LiveView(connection.name);
    this.#credential = new Credential({
      signIn: (provider, method) => this.signIn(provider, method),
      answered: (answer) => this.#takeAnswer(answer),
      tokenSaved: () => this.#actions.reload("The token is saved. Test the connection to try it."),
      outOfDate: (error) => this.#fail(error),
    });
    this.element = h("div", { class: "fields", id: "connection" });
    this.update(connection);
    const live = h("details", {}, h("summary", {}, "Live view"), this.#live.element);
    fill(this.element,
      h("section", { class: "panel", "aria-label": connection.name }, this.#title, this.#buttons,
        this.#note),
      this.#signInPlace, this.#testPlace, this.#credential.element,
      h("section", { class: "panel", "aria-label": "More" }, this.#verdict, this.#doctorPanel(), live));
  }

  /** Shows what has changed, here or elsewhere. */
  update(connection) {
    const before = this.#connection;
    this.#connection = connection;
    const differs = (...members) => JSON.stringify(members.map((name) => before?.[name]))
      !== JSON.stringify(members.map((name) => connection[name]));
    // What was said of the connection is about the one before.
    if (before && differs("version", "session")) this.#clear();
    if (differs("version", "session", "current")) {
      fill(this.#title, h("h2", {}, connection.name),
        connection.current && h("span", { class: "badge" }, "Current"),
        h("p", { class: "where mono" }, connection.display_url));
      keepFocus(this.#buttons, () => this.#fillButtons());
      this.#credential.update(connection);
    }
  }

  /** The page has come into view again. */
  refresh() {
    this.#credential.refresh();
  }

  /** Some time has passed. */
  retry() {
    this.#credential.retry();
  }

  stop() {
    this.#credential.stop();
    this.#live.stop();
    this.#signIn?.cancel();
    this.#test?.cancel();
    this.#doctor?.cancel();
  }

  note(text) {
    fill(this.#note, text && h("p", { class: "notice" }, text));
  }

  async signIn(provider, method) {
    if (this.#signIn?.isRunning) return;
    this.#clear();
    const signIn = new SignIn(this.name, provider, method, () => this.#showErrors());
    this.#signIn = signIn;
    this.#credential.setBusy(true);
    fill(this.#signInPlace, signIn.element);
    signIn.element.scrollIntoView({ block: "nearest" });
    signIn.element.focus({ preventScroll: true });
    const facts = await signIn.run();
    this.#credential.setBusy(false);
    this.#showErrors();
    if (!facts) return;
    signIn.element.remove();
    if (!provider.isFront) this.#credential.setStatus(facts);
    await this.#actions.reload(facts.note);
    this.#credential.retry();
  }

  #fillButtons() {
    const { session, current, name } = this.#connection;
    fill(this.#buttons,
      actionButton("Test", { class: "main", id: "test" }, () => this.#runTest()),
      session && actionButton("Sign out", { id: "sign-out" }, () => this.#signOut()),
      !current && actionButton("Make current", { id: "make-current" }, () => this.#makeCurrent()),
      h("a", { class: "button", id: "edit", href: `#/edit/${name}` }, "Edit"),
      actionButton("Remove", { class: "danger last", id: "remove" }, () => this.#actions.remove(this.#connection)));
  }

  // What failed only because the gateway did not answer is over when it does.
  #takeAnswer({ probe, error }) {
    this.#verdict.refresh();
    for (const ended of [this.#signIn, this.#test]) {
      if (probe && isSameError(ended?.error, this.#unanswered)) ended.close();
    }
    this.#unanswered = probe ? null : error;
  }

  // Takes away what has ended: another operation begins, or it is about an earlier state.
  #clear() {
    this.note("");
    for (const ended of [this.#signIn, this.#test]) if (ended && !ended.isRunning) ended.close();
  }

  #showErrors() {
    this.#credential.setShownElsewhere([this.#signIn?.error, this.#test?.error].filter(Boolean));
  }

  // A page that was out of date shows first what there is now.
  async #fail(error) {
    if (error.out_of_date) await this.#actions.refresh();
    fill(this.#note, errorNotice(error));
  }

  async #runTest() {
    this.#test?.cancel();
    this.#clear();
    const test = new Steps("Test", "test-steps", () => this.#showErrors());
    this.#test = test;
    fill(this.#testPlace, test.element);
    const done = await test.run("/api/test", { name: this.name }, ({ ms, round_trip_ms }) =>
      ({ good: true, text: round_trip_ms === undefined ? `Finished in ${ms} ms.`
        : `Connected in ${ms} ms, round trip ${round_trip_ms} ms.` }));
    this.#showErrors();
    await this.#actions.reload();
    if (done) this.#credential.retry();
  }

  #doctorPanel() {
    const place = h("div", {});
    const run = actionButton("Run", { id: "doctor" }, async () => {
      this.#doctor = new Steps("", "doctor-steps");
      fill(place, this.#doctor.element);
      await this.#doctor.run("/api/doctor", { name: this.name }, ({ good, text }) => ({ good, text }));
    });
    return h("details", {}, h("summary", {}, "Doctor"),
      h("div", { class: "inside" }, h("div", { class: "actions" }, run), place));
  }

  async #signOut() {
    this.#clear();
    try {
      const { stays_valid } = await post("/api/sign-out", { name: this.name });
      await this.#actions.reload(`Signed out. ${stays_valid}`.trim());
    } catch (error) {
      // It may be signed out here all the same.
      await this.#actions.reload();
      this.#fail(error);
    }
  }

  async #makeCurrent() {
    this.#clear();
    try {
      await post("/api/current", { name: this.name });
      await this.#actions.reload();
    } catch (error) {
      this.#fail(error);
    }
  }
}
