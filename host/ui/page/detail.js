// SPDX-License-Identifier: Apache-2.0
//
// One saved connection: who is signed in, what can be done, and what the gateway says.

import { isAbort, post, postSecret } from "/api.js";
import { actionButton, errorNotice, fill, h } from "/dom.js";
import { LiveView } from "/live.js";
import { Offer } from "/offer.js";
import { Prober } from "/prober.js";
import { SignIn } from "/sign_in.js";
import { Steps } from "/test.js";
import { probeFailure, probeLine, unfold, verdict } from "/verdict.js";

const date = (ms) => new Date(Number(ms)).toLocaleString(undefined,
  { dateStyle: "medium", timeStyle: "short" });

function whoText({ facts }) {
  const who = [facts.user && `as ${facts.user}`, facts.provider && `with ${facts.provider}`]
    .filter(Boolean).join(" ");
  const until = facts.expires_ms && Number(facts.expires_ms) > Date.now()
    ? `until ${date(facts.expires_ms)}, then renewed` : "";
  return { who, until };
}

export class Detail {
  #connection;
  #actions;
  #abort = new AbortController();
  #status = null;
  #kept = h("div", { class: "kept", id: "kept" });
  #keptText = "";
  #line = h("p", { class: "line", id: "probe-line", role: "status" });
  #failure = h("div", { id: "probe-failure" });
  #note = h("div", { role: "status" });
  #signInPlace = h("div", {});
  #testPlace = h("div", {});
  #offer = new Offer((provider, method) => this.signIn(provider, method));
  #saveToken = actionButton("Save token", { class: "main", id: "save-token" }, () => this.#keepToken());
  #offered = h("div", { class: "fields" });
  #box = h("div", { class: "answer" });
  #answer = null;
  #replaces = false;
  #verdict = unfold("What the gateway says", () => verdict(this.#answer));
  #live;
  #prober = new Prober((state) => this.#showProbe(state));
  #signIn = null;
  #steps = null;

  constructor(connection, actions) {
    this.#actions = actions;
    this.#live = new LiveView(connection.name);
    this.#title = h("div", { class: "title" });
    this.#buttons = h("div", { class: "actions" });
    this.element = h("div", { class: "fields", id: "connection" });
    this.#answer = connection.answer;
    this.update(connection);
    const live = h("details", {}, h("summary", {}, "Live view"), this.#live.element);
    fill(this.element,
      h("section", { class: "panel", "aria-label": connection.name }, this.#title, this.#buttons,
        this.#note),
      this.#signInPlace, this.#testPlace,
      h("section", { class: "panel", "aria-label": "Credential" }, this.#kept,
        fill(this.#box, this.#line, this.#failure, this.#offered)),
      h("section", { class: "panel", "aria-label": "More" }, this.#verdict,
        this.#doctor(), live));
    this.#prober.set(this.#request(), 0);
  }

  #title;
  #buttons;

  /** Shows what has changed, here or in another program. */
  update(connection) {
    const text = JSON.stringify({ ...connection, answer: null });
    if (text === this.#connectionText) return;
    this.#connectionText = text;
    this.#connection = connection;
    fill(this.#title, h("h2", {}, connection.name), connection.current && h("span", { class: "badge" }, "Current"),
      h("p", { class: "where mono" }, connection.display_url));
    fill(this.#buttons,
      actionButton("Test", { class: "main", id: "test" }, () => this.#test()),
      connection.session && actionButton("Sign out", { id: "sign-out" }, () => this.#signOut()),
      !connection.current && actionButton("Make current", { id: "choose" }, () => this.#choose()),
      h("a", { class: "button", id: "edit", href: `#/edit/${connection.name}` }, "Edit"),
      actionButton("Remove", { class: "danger last", id: "remove" }, () => this.#actions.remove(connection)));
    if (!connection.session) this.#status = null;
    else if (!this.#status) this.#askStatus();
    this.#showKept();
    this.#showAnswer();
  }

  #connectionText = "";

  stop() {
    this.#abort.abort();
    this.#prober.stop();
    this.#live.stop();
    this.#signIn?.cancel();
    this.#steps?.cancel();
  }

  note(text) {
    fill(this.#note, text && h("p", { class: "notice" }, text));
  }

  async signIn(provider, method) {
    this.#signIn?.cancel();
    const signIn = new SignIn(this.#connection.name, provider, method);
    this.#signIn = signIn;
    this.note("");
    fill(this.#signInPlace, signIn.element);
    signIn.element.scrollIntoView({ block: "nearest" });
    const facts = await signIn.run();
    if (!facts) return;
    signIn.element.remove();
    this.#status = facts;
    await this.#actions.reload(facts.note);
    this.#showKept();
  }

  #request() {
    const { name, url } = this.#connection;
    return { name, url, saved: true };
  }

  // Only of a session: to look at a token may run a command that asks the user.
  async #askStatus() {
    try {
      this.#status = await post("/api/status", { name: this.#connection.name }, this.#abort.signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.#status = null;
    }
    this.#showKept();
  }

  // Two lines from the beginning, so that nothing moves when the details are there.
  #showKept() {
    const { session, token, inputs } = this.#connection;
    let lines = ["Not signed in", ""];
    let good = false;
    if (session) {
      const { who, until } = this.#status?.signed_in ? whoText(this.#status) : { who: "", until: "" };
      lines = [`Signed in ${who}`.trim(), until];
      good = true;
    } else if (token) {
      lines = [token.preview ? `Session token ${token.preview}` : "Session token", `from ${token.from}`];
      good = true;
    } else if (inputs.length > 0) {
      lines = [`Saved: ${inputs.map(({ key }) => key).join(", ")}`, `from ${inputs[0].from}`];
      good = true;
    }
    const text = JSON.stringify([lines, good, token]);
    if (text === this.#keptText) return;
    this.#keptText = text;
    fill(this.#kept, h("span", { class: `dot ${good ? "good" : "warn"}`, "aria-hidden": "true" }),
      h("p", { class: "what" }, h("strong", {}, lines[0]), h("span", { class: "muted" }, lines[1] || " ")),
      token?.kept_here && h("button", { type: "button", class: "small", id: "replace-token",
        on: { click: () => this.#replaceToken() } }, "Replace"));
  }

  #replaceToken() {
    this.#replaces = true;
    this.#showAnswer();
    this.#offer.token.focus();
  }

  #showProbe(state) {
    fill(this.#line, probeLine(state));
    if (state.phase !== "answered") return;
    const { answer } = state;
    fill(this.#failure, probeFailure(answer, null));
    // A gateway that does not answer says nothing on how to sign in.
    if (answer.probe) this.#answer = answer;
    this.#showAnswer();
  }

  #showAnswer() {
    const { session, token, inputs } = this.#connection;
    const kind = this.#answer?.offer?.kind;
    const has = kind === "token" ? token && !this.#replaces : session || inputs.length > 0;
    this.#box.classList.toggle("short", Boolean(session || token || inputs.length > 0));
    // What is there already needs no second one in view.
    this.#offer.show(has ? null : this.#answer);
    fill(this.#offered, !has && this.#offer.element,
      !has && kind === "token" && h("div", { class: "actions" }, this.#saveToken));
    if (kind === "sign-in" && token && !session) {
      fill(this.#failure, h("p", { class: "notice warn" },
        "The gateway requires a sign-in now; the saved token is not used."));
      this.#offer.show(this.#answer);
      fill(this.#offered, this.#offer.element);
    }
    this.#verdict.refresh();
  }

  async #keepToken() {
    const { token } = this.#offer;
    if (!token.value) {
      token.focus();
      return;
    }
    try {
      await postSecret("/api/connections/secret", { name: this.#connection.name, key: "token" }, token.value);
      token.value = "";
      this.#replaces = false;
      await this.#actions.reload();
      this.#showAnswer();
      this.note("The token is saved. Test the connection to try it.");
    } catch (error) {
      fill(this.#note, errorNotice(error));
    }
  }

  async #test() {
    const steps = new Steps("Test", "test-steps");
    this.#steps?.cancel();
    this.#steps = steps;
    fill(this.#testPlace, steps.element);
    await steps.run("/api/test", { name: this.#connection.name }, ({ ms, round_trip_ms }) =>
      ({ good: true, text: `Connected in ${ms} ms, round trip ${round_trip_ms} ms.` }));
    this.#actions.reload();
  }

  #doctor() {
    const place = h("div", {});
    const run = actionButton("Run", { id: "doctor" }, async () => {
      const steps = new Steps("", "doctor-steps");
      fill(place, steps.element);
      await steps.run("/api/doctor", { name: this.#connection.name }, ({ good, text }) => ({ good, text }));
    });
    return h("details", {}, h("summary", {}, "Doctor"),
      h("div", { class: "inside" }, h("div", { class: "actions" }, run), place));
  }

  async #signOut() {
    try {
      const { stays_valid } = await post("/api/sign-out", { name: this.#connection.name });
      await this.#actions.reload();
      this.note(`Signed out. ${stays_valid}`.trim());
    } catch (error) {
      fill(this.#note, errorNotice(error));
    }
  }

  async #choose() {
    try {
      await post("/api/choose", { name: this.#connection.name });
      await this.#actions.reload();
    } catch (error) {
      fill(this.#note, errorNotice(error));
    }
  }
}
