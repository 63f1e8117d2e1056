// SPDX-License-Identifier: Apache-2.0
//
// Adds or changes a connection. While the URL is typed the gateway is probed.

import { post, postSecret } from "/api.js";
import { announce, field, fill, h, setInvalid } from "/dom.js";
import { errorNotice, errorText, isSameError } from "/errors.js";
import { FormFields } from "/form_fields.js";
import { Offer } from "/offer.js";
import { Prober } from "/prober.js";
import { SettingsFields } from "/settings_fields.js";
import { probeFailure, probeLine, unfold, verdict } from "/verdict.js";

export class ConnectionForm {
  isForm = true;
  #saved;
  #actions;
  // What is changed: the connection's name, empty for a new one, and its version.
  #was;
  #version;
  #fields;
  #line = h("p", { class: "line", id: "probe-line", role: "status" });
  #failure = h("div", { id: "probe-failure" });
  #outOfDate = h("div", { role: "alert", id: "out-of-date" });
  #trouble = h("div", { role: "alert", id: "trouble" });
  #offer = new Offer((provider, method) =>
    this.#save((name, note) => this.#actions.signIn(name, provider, method, note)));
  #settings = new SettingsFields();
  #verdict = unfold("What the gateway says", () => verdict(this.#prober.state.answer));
  #prober = new Prober((state) => this.#show(state));
  #saveButton = h("button", { class: "main", type: "submit", id: "save" }, "Save");
  #isSaving = false;
  #isOver = false;

  /** `saved` is the connection that is changed, null for a new one. */
  constructor(saved, actions) {
    this.#saved = saved;
    this.#was = saved?.name ?? "";
    this.#version = saved?.version ?? "";
    this.name = this.#was;
    this.#actions = actions;
    this.#fields = new FormFields(saved, () => this.#probe());
    this.element = h("form", { class: "panel", id: "form", novalidate: true, on: {
      input: () => fill(this.#trouble),
      submit: (event) => {
        event.preventDefault();
        this.#save((name, note) => this.#actions.saved(name, note));
      },
    } },
    h("div", { class: "title" }, h("h2", {}, saved ? `Edit ${saved.name}` : "Add a connection")),
    this.#outOfDate,
    h("div", { class: "fields" },
      field("Gateway URL", this.#fields.url, "As in a browser: https://gateway.example"),
      h("div", { class: "answer" }, this.#line, this.#failure, this.#settings.element, this.#offer.element),
      field("Name", this.#fields.name, "Letters, digits, “.”, “_” and “-”."
        + (saved ? " With another name it keeps its session and token; scripts must use the new name." : ""))),
    this.#verdict,
    this.#fields.options(),
    this.#trouble,
    h("div", { class: "actions" },
      this.#saveButton,
      h("a", { class: "button", href: saved ? `#/c/${saved.name}` : "#/" }, "Cancel")));
    // As it was, and asked again behind it.
    if (saved?.answer) this.#showAnswer({ phase: "answered", answer: saved.answer });
    this.#probe(0);
  }

  stop() {
    this.#prober.stop();
  }

  focus() {
    this.#fields.url.focus();
  }

  /** The connection as it is now; null if it is gone. Nothing that was typed is lost. */
  update(connection) {
    if (this.#isSaving || this.#isOver || connection?.version === this.#version) return;
    if (!connection) this.#showGone();
    else if (this.#isTouched()) this.#showChanged();
    else this.#actions.reopen();
  }

  #isTouched() {
    return !this.#fields.areAsSaved(this.#saved) || this.#fields.name.value !== this.#was
      || this.#settings.isTouched || this.#offer.token.value !== "";
  }

  #showChanged() {
    this.#showOutOfDate(`${this.#was} was changed in another tab or program.`,
      h("button", { type: "button", class: "plain", id: "load-changed",
        on: { click: () => this.#actions.reopen() } }, "Discard my edits and load the saved settings"));
  }

  #showGone() {
    this.#saveButton.disabled = true;
    this.#offer.setBusy(true);
    this.#showOutOfDate(`${this.#was} was removed or renamed in another tab or program.`);
  }

  // Once: it is an alert.
  #showOutOfDate(text, more = null) {
    if (this.#outOfDate.dataset.text === text) return;
    this.#outOfDate.dataset.text = text;
    fill(this.#outOfDate, h("div", { class: "notice warn" }, h("p", {}, text), more));
  }

  #request() {
    return { was: this.#was, name: this.#was, ...this.#fields.values() };
  }

  #probe(delay) {
    this.#prober.set(this.#request(), delay);
  }

  #show(state) {
    fill(this.#line, probeLine(state));
    // What was saved stays in view while it is asked again.
    const isAsSaved = this.#saved && this.#fields.areAsSaved(this.#saved);
    if (state.phase === "answered" || !isAsSaved) this.#showAnswer(state);
  }

  #showAnswer(state) {
    const { answer } = state;
    fill(this.#line, probeLine(state));
    fill(this.#failure, this.#failureOf(answer));
    setInvalid(this.#fields.url, answer?.error?.field === "url" ? this.#failure : null);
    this.#fields.markOptions(answer?.error);
    const sameUrl = this.#saved && answer?.url === this.#saved.url;
    // Who is signed in needs no second sign-in.
    const isSignedIn = sameUrl && this.#saved.session && answer.offer?.kind === "sign-in";
    this.#offer.show(isSignedIn ? null : answer, sameUrl ? this.#saved.token?.text ?? null : null);
    this.#settings.show(answer, sameUrl ? this.#saved : null);
    this.#saveButton.classList.toggle("main", !["sign-in", "front"].includes(this.#offer.kind));
    if (answer?.url) this.#fields.suggestName(answer.url, this.#actions.names());
    this.#verdict.refresh();
  }

  #failureOf(answer) {
    if (answer?.url && answer.moved) {
      return h("div", { class: "notice warn" }, h("p", {}, `The gateway is at ${answer.url}.`),
        h("button", { type: "button", class: "plain", on: { click: () => this.#useUrl(answer.url) } },
          `Use ${answer.url}`));
    }
    // That of an option stands at the option.
    const isElsewhere = answer?.error?.field && answer.error.field !== "url";
    if (!answer?.error || isElsewhere) return null;
    return probeFailure(answer, { useUrl: (url) => this.#useUrl(url), again: () => this.#prober.again() });
  }

  #useUrl(url) {
    this.#fields.url.value = url;
    this.#fields.url.focus();
    this.#probe(0);
  }

  // `then(name, note)` is called when it is saved.
  async #save(then) {
    if (this.#isSaving || !this.#isComplete()) return;
    this.#isSaving = true;
    this.#saveButton.disabled = true;
    fill(this.#trouble);
    try {
      const { name, note } = await this.#send();
      this.#isOver = true;
      this.#prober.stop();
      const isRenamed = this.#saved && this.#saved.name !== name;
      await this.#actions.reload("", isRenamed ? { from: this.#saved.name, to: name } : {});
      then(name, note);
    } catch (error) {
      this.#isSaving = false;
      this.#saveButton.disabled = false;
      this.#showError(error);
    }
  }

  async #send() {
    const { answer } = this.#prober.state;
    const name = this.#fields.name.value.trim();
    const body = { ...this.#request(), name, version: this.#version, settings: this.#settings.values() };
    if (answer?.url) body.url = answer.url;
    const { note, version } = await post("/api/connections", body);
    // Saved: if a secret cannot be, the next try changes this connection.
    this.#was = name;
    this.#version = version;
    for (const { key, control } of this.#settings.secrets()) await this.#sendSecret(name, key, control);
    const { token } = this.#offer;
    if (this.#offer.kind === "token" && token.value) await this.#sendSecret(name, "token", token);
    return { name, note };
  }

  async #sendSecret(name, key, control) {
    const where = { name, version: this.#version, key };
    ({ version: this.#version } = await postSecret("/api/connections/secret", where, control.value));
    control.value = "";
  }

  #isComplete() {
    const { url, name } = this.#fields;
    const { token } = this.#offer;
    const missing = [
      [url, !url.value.trim(), "Type the gateway's URL."],
      [token, token.isConnected && token.value && !token.value.trim(), "The token is blank."],
      [name, !name.value.trim(), "Give the connection a name."],
    ].filter(([, isMissing]) => isMissing);
    for (const [control, , why] of missing) setInvalid(control, why);
    const isNoUrl = this.#prober.state.answer?.error?.field === "url";
    const first = isNoUrl ? url : missing[0]?.[0];
    first?.focus();
    return !first;
  }

  async #showError(error) {
    if (error.out_of_date) {
      await this.#actions.refresh();
      if (!this.#outOfDate.firstChild) this.#showChanged();
      return;
    }
    const control = this.#settings.controlOf(error)
      ?? (error.field === "token" ? this.#offer.token : this.#fields.controlOf(error));
    if (control?.isConnected) {
      const details = control.closest("details");
      if (details) details.open = true;
      const isInView = control === this.#fields.url && this.#failure.firstChild;
      setInvalid(control, isInView ? this.#failure : errorText(error));
      control.focus();
      return;
    }
    if (!isSameError(error, this.#prober.state.answer?.error)) {
      fill(this.#trouble, errorNotice(error));
      return;
    }
    // The probe has failed for the same reason, which is in view already.
    this.#failure.scrollIntoView({ block: "nearest" });
    announce(errorText(error));
  }
}
