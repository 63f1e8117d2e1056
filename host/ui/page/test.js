// SPDX-License-Identifier: Apache-2.0
//
// The test of a connection, step by step, as an app would connect; and the doctor's steps.

import { isAbort, stream } from "/api.js";
import { actionButton, announce, fill, h, spinner } from "/dom.js";
import { errorNotice } from "/errors.js";

const MARKS = { good: "✓", bad: "✕", warn: "!", skip: "–" };

function stepItem({ name, state, text, hint, ms }) {
  const mark = state === "running" ? spinner()
    : h("span", { class: `mark ${state}`, role: "img", "aria-label": state }, MARKS[state]);
  return h("li", { "data-step": name, "data-state": state }, mark, h("span", {}, name),
    h("span", { class: "time" }, ms === undefined ? "" : `${ms} ms`),
    text && h("span", { class: "more" }, text),
    hint && h("span", { class: "more" }, hint));
}

/** Runs an operation that reports steps, and shows them. `isRunning`, `error`: how it goes. */
export class Steps {
  isRunning = false;
  error = null;
  element = h("section", { class: "panel", "aria-live": "polite" });
  #abort = new AbortController();
  #list = h("ol", { class: "steps" });
  #result = h("div", {});
  #buttons = h("div", { class: "actions" });
  #items = new Map();
  #skipped = new Map();
  #onClose;

  constructor(title, id, onClose = () => {}) {
    this.#onClose = onClose;
    this.element.id = id;
    fill(this.element, title && h("h3", {}, title), this.#list, this.#result, this.#buttons);
    fill(this.#buttons, actionButton("Cancel", {}, () => this.cancel()));
  }

  /** Returns the data of "done", or null. `describe(data)` makes the last line of it. */
  async run(path, body, describe) {
    this.isRunning = true;
    try {
      for await (const { event, data } of stream(path, body, this.#abort.signal)) {
        if (event === "step") this.#step(data);
        if (event === "done") return this.#done(data, describe);
      }
      throw new Error("the answer ended early");
    } catch (error) {
      for (const [name, item] of this.#items) {
        if (item.dataset.state === "running") this.#step({ name, state: "bad" });
      }
      this.error = isAbort(error) ? null : error;
      const text = isAbort(error) ? "Cancelled" : `Failed: ${error.message}`;
      fill(this.#result, isAbort(error) ? h("p", { class: "notice" }, text) : errorNotice(error));
      announce(text);
      return null;
    } finally {
      this.isRunning = false;
      fill(this.#buttons, actionButton("Close", {}, () => this.close()));
    }
  }

  close() {
    this.error = null;
    this.element.remove();
    this.#onClose();
  }

  cancel() {
    this.#abort.abort();
  }

  #step(data) {
    if (data.state === "skip" && this.#skip(data)) return;
    const item = stepItem(data);
    const before = this.#items.get(data.name);
    if (before) before.replaceWith(item);
    else this.#list.append(item);
    this.#items.set(data.name, item);
    if (data.state === "skip") this.#skipped.set(data.text, { item, names: [data.name] });
  }

  // One line for all that are skipped for the same reason. Returns false for the first.
  #skip({ name, text }) {
    const line = this.#skipped.get(text);
    if (!line) return false;
    line.names.push(name);
    const item = stepItem({ name: line.names.join(", "), state: "skip", text });
    line.item.replaceWith(item);
    line.item = item;
    return true;
  }

  #done(data, describe) {
    const { text, good } = describe(data);
    fill(this.#result, h("p", { class: `notice ${good ? "good" : "bad"}` }, text));
    announce(text);
    return data;
  }
}
