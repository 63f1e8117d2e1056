// SPDX-License-Identifier: Apache-2.0
//
// A sign-in as it goes on: what the gateway asks for, the address to visit, and a cancel.

import { isAbort, postSecret, stream } from "/api.js";
import { actionButton, announce, field, fill, h, lines, newId, setInvalid, spinner } from "/dom.js";
import { errorNotice } from "/errors.js";

/** The tab for the provider's page. Browsers open one only in answer to a click, and the address
    comes later. */
function openTab() {
  const tab = window.open("about:blank", "_blank");
  if (tab) tab.opener = null;
  return tab;
}

/** `isRunning`, `error`: how it goes. */
export class SignIn {
  isRunning = false;
  error = null;
  element = h("section", { class: "panel", id: "sign-in", "aria-label": "Sign-in", tabindex: "-1" });
  #abort = new AbortController();
  #state = h("p", { class: "line", role: "status" });
  #messages = h("div", { class: "muted", id: newId("messages") });
  #questions = h("div", { class: "fields" });
  #paste = h("div", {});
  #buttons = h("div", { class: "actions" });
  #tab = null;
  #id = "";
  #username = "";
  #asked = new Set();
  #onClose;

  constructor(name, provider, method, onClose = () => {}) {
    this.#onClose = onClose;
    this.name = name;
    this.provider = provider;
    this.method = method;
    if (method === "browser") this.#tab = openTab();
    fill(this.element, h("h3", {}, provider.isFront ? "Sign in to what stands in front of the gateway"
      : `Sign in with ${provider.label}`), this.#state, this.#messages,
      this.#questions, this.#paste, this.#buttons);
    this.#waitFor("Asking the gateway…");
    fill(this.#buttons, actionButton("Cancel", { id: "cancel-sign-in" }, () => this.cancel()));
  }

  /** Returns the facts of the session, or null if it failed or was cancelled. */
  async run() {
    this.isRunning = true;
    try {
      const { name, isFront = false } = this.provider;
      const body = { name: this.name, provider: name, method: this.method, front: isFront };
      for await (const { event, data } of stream("/api/sign-in", body, this.#abort.signal)) {
        if (event === "done") return this.#end("Signed in", data);
        this.#take(event, data);
      }
      throw new Error("the answer ended early");
    } catch (error) {
      this.#tab?.close();
      this.#clear();
      if (isAbort(error)) return this.#end("The sign-in was cancelled", null);
      this.error = error;
      fill(this.#state);
      fill(this.#messages, errorNotice(error));
      this.#offerClose();
      announce(`The sign-in failed: ${error.message}`);
      return null;
    } finally {
      this.isRunning = false;
    }
  }

  cancel() {
    this.#abort.abort();
  }

  #end(text, facts) {
    this.#clear();
    fill(this.#state, text);
    announce(text);
    this.#offerClose();
    return facts;
  }

  #clear() {
    for (const part of [this.#questions, this.#paste, this.#messages]) fill(part);
  }

  close() {
    this.error = null;
    this.element.remove();
    this.#onClose();
  }

  #offerClose() {
    fill(this.#buttons, actionButton("Close", { id: "close-sign-in" }, () => this.close()));
  }

  #waitFor(text) {
    fill(this.#state, spinner(), h("span", {}, text));
  }

  #take(event, data) {
    if (event === "started") {
      this.#id = data.id;
    } else if (event === "message") {
      fill(this.#messages, lines(data.text));
    } else if (event === "ask") {
      this.#ask(data);
    } else if (event === "visit") {
      this.#visit(data.url);
    } else if (event === "paste") {
      this.#askForAddress(data);
    }
  }

  #visit(url) {
    this.#waitFor("Waiting for the browser…");
    const opened = this.#tab && !this.#tab.closed;
    if (opened) this.#tab.location.replace(url);
    this.#tab = null;
    const address = [...this.#messages.childNodes];
    fill(this.#messages, h("details", { class: "quiet" },
      h("summary", {}, "Use another browser"), h("div", { class: "inside" }, address)));
    fill(this.#questions, h("div", { class: "actions" }, h("a", {
      class: opened ? "button" : "button main", id: "visit", href: url, target: "_blank",
      rel: "noopener noreferrer",
    }, opened ? "Open the sign-in page again" : "Open the sign-in page")));
  }

  // The password is asked for right after the name: one form for both, as password stores expect.
  #ask({ front, key, label, secret }) {
    const inputs = [this.#input(key, label, secret)];
    if (key === "username") inputs.push(this.#input("password", "Password", true));
    const form = h("form", { class: "fields", on: { submit: (event) => this.#answer(event, inputs) } },
      h("div", { class: inputs.length > 1 ? "pair" : "" }, inputs.map(({ node }) => node)),
      h("div", { class: "actions" }, h("button", { class: "main", type: "submit" }, "Sign in")));
    fill(this.#questions, form);
    const isAgain = this.#asked.has(`${front} ${key}`);
    for (const input of inputs) this.#asked.add(`${front} ${input.key}`);
    fill(this.#state, isAgain ? "Try again." : "");
    // The message says what was wrong.
    if (isAgain) setInvalid(inputs.at(-1).control, this.#messages);
    (inputs.find(({ control }) => !control.value) ?? inputs[0]).control.focus();
  }

  #input(key, label, secret) {
    const control = h("input", {
      type: secret ? "password" : "text", name: key, required: true, spellcheck: "false",
      autocapitalize: "off", value: key === "username" ? this.#username : "",
      autocomplete: key === "username" ? "username" : key === "password" ? "current-password" : "off",
    });
    return { key, control, node: field(label, control) };
  }

  async #answer(event, inputs) {
    event.preventDefault();
    const answers = inputs.map(({ key, control }) => [key, control.value]);
    for (const [key, value] of answers) if (key === "username") this.#username = value;
    fill(this.#questions);
    this.#waitFor("Waiting for the gateway…");
    // What was asked for comes last: then the other is there before it is asked for.
    for (const [key, value] of answers.reverse()) await this.#give(key, value);
  }

  #askForAddress({ why, again }) {
    const control = h("input", { type: "text", class: "mono", name: "pasted", required: true,
      autocomplete: "off", spellcheck: "false", id: "pasted", placeholder: "http://127.0.0.1…" });
    const submit = (event) => {
      event.preventDefault();
      this.#give("", control.value);
      fill(this.#paste);
      this.#waitFor("Waiting for the gateway…");
    };
    const form = h("form", { class: "fields", on: { submit } },
      field("Address from the browser", control, "After the sign-in the browser cannot open the last "
        + "page. Copy the whole address of that page from its address bar and paste it here."),
      h("div", { class: "actions" }, h("button", { class: "main", type: "submit" }, "Continue")));
    // In this browser it finishes by itself.
    const isNeeded = this.method === "paste" || again;
    fill(this.#paste, isNeeded ? form : h("details", { class: "quiet" },
      h("summary", {}, "The browser cannot open the last page?"), h("div", { class: "inside" }, form)));
    if (this.method === "paste") this.#waitFor("Waiting for the address…");
    if (!again) return;
    setInvalid(control, why);
    control.focus();
  }

  async #give(key, value) {
    try {
      await postSecret("/api/sign-in/answer", { id: this.#id, key }, value);
    } catch (error) {
      // The sign-in itself reports why it ended.
      if (!error.gone) announce(error.message);
    }
  }
}
