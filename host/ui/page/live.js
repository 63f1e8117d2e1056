// SPDX-License-Identifier: Apache-2.0
//
// The live view: a connection of the page's own, its states, its events and its round-trip time.

import { isAbort, post, stream } from "/api.js";
import { Chart } from "/chart.js";
import { announce, field, fill, h, setInvalid } from "/dom.js";
import { errorNotice } from "/errors.js";
import { stateName } from "/words.js";

const MAX_LINES = 200;
const STATE_CLASS = { ready: "good", failed: "bad", "needs-sign-in": "bad", closed: "", waiting: "warn" };

const seconds = (ms) => `${Math.floor(ms / 1000)} s`;
const time = () => new Date().toTimeString().slice(0, 8);

// JSON-RPC 2.0, 4.2.
function isParams(text) {
  try {
    return text.trim() === "" || /^[[{]/.test(text.trim()) && JSON.parse(text) !== null;
  } catch {
    return false;
  }
}

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
  #silent = h("div", { id: "live-silent" });
  #isSilent = false;
  #state = "";
  #lines = [];

  constructor(name) {
    this.#name = name;
    fill(this.element, h("div", { class: "actions" }, this.#toggle), this.#trouble, this.#silent,
      h("div", { class: "numbers" }, this.#number("State"), this.#number("Round trip"),
        this.#number("In flight"), this.#number("Events")),
      this.#chart.element, this.#requestForm(), this.#log);
    this.#showState("not connected");
  }

  stop() {
    this.#abort?.abort();
  }

  #number(name) {
    const value = h("p", { class: "value", "data-value": name }, "–");
    this.#values[name] = value;
    return h("div", { class: "number" }, value, h("p", { class: "name" }, name));
  }

  #set(name, value) {
    this.#values[name].textContent = value;
  }

  #showState(state) {
    this.#state = state;
    this.#isSilent = false;
    fill(this.#silent);
    if (state !== "ready") this.#set("Round trip", "–");
    this.#set("State", stateName(state));
    this.#values.State.className = `value mark ${STATE_CLASS[state] ?? ""}`;
  }

  // `ms`: since when the gateway has answered no ping and sent nothing else; 0: it has again.
  #showSilence({ ms, reconnect_ms }) {
    const isNew = this.#isSilent !== (ms > 0);
    if (ms === 0) {
      if (isNew) this.#line("good", "responding again", "");
      this.#showState(this.#state);
      return;
    }
    this.#isSilent = true;
    this.#set("State", "not responding");
    this.#values.State.className = "value mark bad";
    this.#set("Round trip", `none for ${seconds(ms)}`);
    fill(this.#silent, h("p", { class: "notice warn" },
      `The connection is open, but the gateway has sent nothing for ${seconds(ms)}. `
      + (reconnect_ms > 0 ? `If it stays silent, the heartbeat reconnects after ${seconds(reconnect_ms)}.`
        : "This gateway has no heartbeat: Pintle reconnects only if a WebSocket ping is not answered.")));
    if (!isNew) return;
    this.#line("bad", "not responding", `no message for ${seconds(ms)}, no answer to gateway.ping`);
    announce("The gateway is not responding");
  }

  #startOrStop() {
    if (this.#abort) this.stop();
    else this.#run();
  }

  async #run() {
    this.#abort = new AbortController();
    this.#toggle.textContent = "Disconnect";
    fill(this.#trouble);
    this.#set("Events", "0");
    let trouble = null;
    try {
      for await (const { event, data } of stream("/api/live", { name: this.#name },
        this.#abort.signal)) {
        this.#take(event, data);
      }
    } catch (error) {
      trouble = isAbort(error) ? null : errorNotice(error);
    }
    // What was wrong with a connection that was ended here is over.
    if (trouble || this.#abort.signal.aborted) fill(this.#trouble, trouble);
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
      this.#line(STATE_CLASS[data.state] ?? "", stateName(data.state) + wait,
        data.error?.message ?? data.greeting ?? "");
      announce(`Connection ${stateName(data.state)}`);
    } else if (event === "event") {
      this.#line(data.kind === "error" ? "bad" : "", data.type || data.kind, data.text);
    } else if (event === "event-count") {
      this.#set("Events", String(data.count));
    } else if (event === "skipped") {
      this.#line("warn", "not shown", `${data.count} messages came faster than the page`);
    } else if (event === "silence") {
      this.#showSilence(data);
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
      if (!isParams(params.value)) {
        setInvalid(params, "Write a JSON object or array, or leave it empty.");
        params.focus();
        return;
      }
      if (!this.#id) {
        setInvalid(method, "Connect first.");
        return;
      }
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
