// SPDX-License-Identifier: Apache-2.0
//
// Adds or changes a connection. While the URL is typed the gateway is probed.

import { post, postSecret } from "/api.js";
import { errorNotice, field, fill, h } from "/dom.js";
import { Offer } from "/offer.js";
import { Prober } from "/prober.js";
import { probeFailure, probeLine, unfold, verdict } from "/verdict.js";

const input = (name, value, more = {}) => h("input", {
  type: "text", name, value, spellcheck: "false", autocomplete: "off", autocapitalize: "off", ...more,
});

function nameFor(url, taken) {
  const host = /^https?:\/\/([^/:?#[\]]+)/.exec(url)?.[1] ?? "";
  const base = (/^[\d.]+$/.test(host) ? "gateway" : host.split(".")[0])
    .replace(/[^A-Za-z0-9_-]/g, "") || "gateway";
  let name = base;
  for (let i = 2; taken.includes(name); ++i) name = `${base}-${i}`;
  return name;
}

export class ConnectionForm {
  #saved;
  #actions;
  #url;
  #name;
  #ca;
  #proxy;
  #plain;
  #line = h("p", { class: "line", id: "probe-line", role: "status" });
  #failure = h("div", { id: "probe-failure" });
  #trouble = h("div", { role: "alert" });
  #offer = new Offer((provider, method) => this.#save(() => this.#actions.signIn(this.#name.value, provider, method)));
  #verdict = unfold("What the gateway says", () => verdict(this.#prober.state.answer));
  #prober = new Prober((state) => this.#show(state));
  #saveButton = h("button", { class: "main", type: "submit", id: "save" }, "Save");
  #hasOwnName = false;

  /** `saved` is the connection that is changed, null for a new one. `answer` is what its gateway
      answered last. */
  constructor(saved, answer, actions) {
    this.#saved = saved;
    this.#actions = actions;
    this.#makeInputs(saved);
    this.element = h("form", { class: "panel", id: "form", novalidate: true, on: {
      submit: (event) => {
        event.preventDefault();
        this.#save(() => this.#actions.saved(this.#name.value));
      },
    } },
    h("div", { class: "title" }, h("h2", {}, saved ? `Edit ${saved.name}` : "Add a connection")),
    h("div", { class: "fields" },
      field("Gateway URL", this.#url, "As in a browser: https://gateway.example"),
      h("div", { class: "answer" }, this.#line, this.#failure, this.#offer.element),
      saved ? null : field("Name", this.#name, "Letters, digits, “.”, “_” and “-”")),
    this.#verdict,
    this.#options(),
    this.#trouble,
    h("div", { class: "actions" },
      this.#saveButton,
      h("a", { class: "button", href: saved ? `#/c/${saved.name}` : "#/" }, "Cancel")));
    // As it was, and asked again behind it.
    if (answer) this.#showAnswer({ phase: "answered", answer });
    this.#probe(0);
  }

  stop() {
    this.#prober.stop();
  }

  focus() {
    this.#url.focus();
  }

  #makeInputs(saved) {
    const probe = { on: { input: () => this.#probe() } };
    this.#url = input("url", saved?.url ?? "", { class: "mono", type: "text", inputmode: "url", id: "url",
      placeholder: "https://", "aria-required": "true", ...probe });
    this.#name = input("name", saved?.name ?? "", { id: "name", "aria-required": "true",
      on: { input: () => { this.#hasOwnName = this.#name.value !== ""; } } });
    this.#ca = input("ca_file", saved?.options.ca_file ?? "", { class: "mono", ...probe });
    this.#proxy = input("proxy", saved?.options.proxy ?? "", { class: "mono", ...probe });
    this.#plain = h("input", { type: "checkbox", id: "plain", ...probe });
    this.#plain.checked = saved?.options.allow_plain_http ?? false;
  }

  #options() {
    return h("details", {}, h("summary", {}, "Options"), h("div", { class: "inside" },
      field("Certificates to trust (PEM file)", this.#ca, "Instead of the system's"),
      field("Proxy", this.#proxy, "http://… or socks5://…; empty: that of the environment"),
      h("div", { class: "check" }, this.#plain,
        h("label", { for: "plain" }, "Allow secrets to be sent unencrypted to another machine"))));
  }

  #request() {
    return { name: this.#saved?.name ?? "", url: this.#url.value, ca_file: this.#ca.value.trim(),
      proxy: this.#proxy.value.trim(), allow_plain_http: this.#plain.checked };
  }

  #probe(delay) {
    this.#prober.set(this.#request(), delay);
  }

  #isAsSaved() {
    return this.#saved && JSON.stringify(this.#request()) === this.#savedRequest();
  }

  #savedRequest() {
    const { name, url, options } = this.#saved;
    return JSON.stringify({ name, url, ca_file: options.ca_file ?? "", proxy: options.proxy ?? "",
      allow_plain_http: options.allow_plain_http ?? false });
  }

  #show(state) {
    fill(this.#line, probeLine(state));
    // What was saved stays in view while it is asked again.
    if (state.phase !== "answered" && this.#isAsSaved()) return;
    this.#showAnswer(state);
  }

  #showAnswer(state) {
    const { answer } = state;
    fill(this.#line, probeLine(state));
    fill(this.#failure, probeFailure(answer?.probe ? null : answer, (url) => this.#useUrl(url)));
    if (answer?.url && answer.moved) {
      fill(this.#failure, h("div", { class: "notice warn" }, h("p", {}, `The gateway is at ${answer.url}.`),
        h("button", { type: "button", class: "plain", on: { click: () => this.#useUrl(answer.url) } },
          `Use ${answer.url}`)));
    } else if (answer?.probe && answer.error) {
      fill(this.#failure, errorNotice(answer.error));
    }
    const sameUrl = this.#saved && answer?.url === this.#saved.url;
    this.#offer.show(answer, sameUrl ? this.#saved.token?.text ?? null : null);
    this.#saveButton.classList.toggle("main", this.#offer.kind !== "sign-in");
    if (answer?.url && !this.#saved && !this.#hasOwnName) {
      this.#name.value = nameFor(answer.url, this.#actions.names());
    }
    this.#verdict.refresh();
  }

  #useUrl(url) {
    this.#url.value = url;
    this.#url.focus();
    this.#probe(0);
  }

  async #save(then) {
    fill(this.#trouble);
    const answer = this.#prober.state.answer;
    const body = { ...this.#request(), name: this.#name.value.trim(), replace: Boolean(this.#saved) };
    if (answer?.url) body.url = answer.url;
    try {
      this.#check(body);
      const { note } = await post("/api/connections", body);
      if (this.#offer.kind === "token" && this.#offer.token.value) {
        await postSecret("/api/connections/secret", { name: body.name, key: "token" },
          this.#offer.token.value);
        this.#offer.token.value = "";
      }
      this.#name.value = body.name;
      this.#prober.stop();
      await this.#actions.reload(note);
      then();
    } catch (error) {
      fill(this.#trouble, errorNotice(error));
    }
  }

  #check({ url, name }) {
    this.#url.setAttribute("aria-invalid", String(!url.trim()));
    this.#name.setAttribute("aria-invalid", String(!name));
    if (!url.trim()) throw Object.assign(new Error("the gateway's URL is missing"), { hint: "Type it above." });
    if (!name) throw Object.assign(new Error("the name is missing"), { hint: "Give the connection a name." });
  }
}
