// SPDX-License-Identifier: Apache-2.0
//
// The live view: a connection of the page's own, its states, its events and its round-trip time.

import { isAbort, post, stream } from "/api.js";
import { announce, errorNotice, field, fill, h } from "/dom.js";
import { Chart } from "/chart.js";

const MAX_LINES = 200;
const STATE_CLASS = { ready: "good", failed: "bad", "needs-sign-in": "bad", closed: "", waiting: "warn" };

const time = () => new Date().toTimeString().slice(0, 8);

export class LiveView {
  element = h("div", { class: "inside", id: "live" });
  #name;
  #abort = null;
  #id = "";
  #chart = new Chart();
  #toggle = h("button", { type: "button", id: "live-toggle", on: { click: () => this.#startOrStop() } },
    "Connect");
  #trouble = h("div", {});
  #log = h("ol", { class: "log", id: "live-log", tabindex: "0", "aria-label": "States and events" });
  #values = {};
  #events = 0;
  #lines = [];

  constructor(name) {
    this.#name = name;
    this.#showState("not connected");
    fill(this.element, h("div", { class: "actions" }, this.#toggle), this.#trouble,
      h("div", { class: "numbers" }, this.#number("State"), this.#number("Round trip"),
        this.#number("In flight"), this.#number("Events")),
      this.#chart.element, this.#requestForm(), this.#log);
  }

  stop() {
    this.#abort?.abort();
  }

  #number(name) {
    const value = this.#values[name] ?? h("p", { class: "value", "data-value": name }, "–");
    this.#values[name] = value;
    return h("div", { class: "number" }, value, h("p", { class: "name" }, name));
  }

  #set(name, value) {
    this.#values[name] ??= h("p", { class: "value", "data-value": name });
    this.#values[name].textContent = value;
  }

  #showState(text) {
    this.#set("State", text);
  }

  #startOrStop() {
    if (this.#abort) this.stop();
    else this.#run();
  }

  async #run() {
    this.#abort = new AbortController();
    this.#toggle.textContent = "Disconnect";
    fill(this.#trouble);
    this.#events = 0;
    try {
      for await (const { event, data } of stream("/api/live", { name: this.#name },
        this.#abort.signal)) {
        this.#take(event, data);
      }
    } catch (error) {
      if (!isAbort(error)) fill(this.#trouble, errorNotice(error));
    }
    this.#abort = null;
    this.#id = "";
    this.#toggle.textContent = "Connect";
    this.#showState("not connected");
    this.#set("In flight", "–");
  }

  #take(event, data) {
    if (event === "started") {
      this.#id = data.id;
    } else if (event === "state") {
      this.#showState(data.state);
      fill(this.#trouble, data.error && errorNotice(data.error));
      const wait = data.wait_ms ? ` for ${(data.wait_ms / 1000).toFixed(1)} s` : "";
      this.#line(STATE_CLASS[data.state] ?? "", data.state + wait,
        data.error?.message ?? data.greeting ?? "");
      announce(`Connection ${data.state}`);
    } else if (event === "event") {
      this.#set("Events", String(++this.#events));
      this.#line("", data.type || data.kind, data.text);
    } else if (event === "skipped") {
      this.#events += data.count;
      this.#set("Events", String(this.#events));
      this.#line("warn", "not shown", `${data.count} events came faster than the page`);
    } else if (event === "round-trip") {
      this.#set("Round trip", `${data.ms} ms`);
      this.#chart.add(data.ms);
    } else if (event === "in-flight") {
      this.#set("In flight", String(data.count));
    }
  }

  // Events may come faster than a page can be drawn: once for each frame, and the last ones alone.
  #line(className, what, text) {
    if (this.#lines.length === 0) requestAnimationFrame(() => this.#drawLines());
    this.#lines.push([time(), className, what, text]);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  #drawLines() {
    const atEnd = this.#log.scrollTop + this.#log.clientHeight > this.#log.scrollHeight - 30;
    this.#log.append(...this.#lines.map(([when, className, what, text]) => h("li", {},
      h("span", { class: "when" }, when), h("span", { class: `what mark ${className}` }, what),
      h("span", { class: "data mono" }, text))));
    this.#lines = [];
    while (this.#log.childElementCount > MAX_LINES) this.#log.firstChild.remove();
    if (atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #requestForm() {
    const method = h("input", { type: "text", class: "mono", name: "method", required: true,
      spellcheck: "false", autocomplete: "off", value: "session.list" });
    const params = h("input", { type: "text", class: "mono", name: "params", spellcheck: "false",
      autocomplete: "off", value: "{}" });
    const submit = async (event) => {
      event.preventDefault();
      if (!this.#id) return;
      try {
        await post("/api/live/request",
          { id: this.#id, method: method.value, params: params.value });
      } catch (error) {
        this.#line("bad", method.value, error.message);
      }
    };
    return h("details", { class: "quiet" }, h("summary", {}, "Send a request"),
      h("form", { class: "inside", on: { submit } },
        h("div", { class: "pair" }, field("Method", method), field("Parameters (JSON)", params)),
        h("div", { class: "actions" }, h("button", { type: "submit" }, "Send"))));
  }
}
