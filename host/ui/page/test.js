// SPDX-License-Identifier: Apache-2.0
//
// The test of a connection, step by step, as an app would connect; and the doctor's steps.

import { isAbort, stream } from "/api.js";
import { actionButton, announce, errorNotice, fill, h, spinner } from "/dom.js";

const MARKS = { good: "✓", bad: "✕", warn: "!", skip: "–" };

function stepItem({ name, state, text, hint, ms }) {
  const mark = state === "running" ? spinner()
    : h("span", { class: `mark ${state}`, role: "img", "aria-label": state }, MARKS[state]);
  return h("li", { "data-step": name, "data-state": state }, mark, h("span", {}, name),
    h("span", { class: "time" }, ms === undefined ? "" : `${ms} ms`),
    text && h("span", { class: "more" }, text),
    hint && h("span", { class: "more" }, hint));
}

/** Runs an operation that reports steps, and shows them. */
export class Steps {
  element = h("section", { class: "panel", "aria-live": "polite" });
  #abort = new AbortController();
  #list = h("ol", { class: "steps" });
  #result = h("div", {});
  #buttons = h("div", { class: "actions" });
  #items = new Map();

  constructor(title, id) {
    this.element.id = id;
    fill(this.element, title && h("h3", {}, title), this.#list, this.#result, this.#buttons);
    fill(this.#buttons, actionButton("Cancel", {}, () => this.cancel()));
  }

  /** Returns the data of "done", or null. `describe(data)` makes the last line of it. */
  async run(path, body, describe) {
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
      const text = isAbort(error) ? "Cancelled" : `Failed: ${error.message}`;
      fill(this.#result, isAbort(error) ? h("p", { class: "notice" }, text) : errorNotice(error));
      announce(text);
      return null;
    } finally {
      fill(this.#buttons, actionButton("Close", {}, () => this.element.remove()));
    }
  }

  cancel() {
    this.#abort.abort();
  }

  #step(data) {
    const item = stepItem(data);
    const before = this.#items.get(data.name);
    if (before) before.replaceWith(item);
    else this.#list.append(item);
    this.#items.set(data.name, item);
  }

  #done(data, describe) {
    const { text, good } = describe(data);
    fill(this.#result, h("p", { class: `notice ${good ? "good" : "bad"}` }, text));
    announce(text);
    return data;
  }
}
