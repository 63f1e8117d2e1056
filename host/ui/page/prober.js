// SPDX-License-Identifier: Apache-2.0
//
// Probes what is typed: a while after the last key, and never two at a time. An answer to an older
// text is dropped.

import { isAbort, post } from "/api.js";

const DELAY_MS = 350;

/** Phases: "idle" (nothing typed), "waiting" (for more keys), "asking", "answered". Only "answered"
    has an `answer`, which may be an error. */
export class Prober {
  #onChange;
  #timer = 0;
  #abort = null;
  #text = "";
  #request = null;
  state = { phase: "idle", answer: null };

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Probes with `request`, {url, …}. The same request again changes nothing. */
  set(request, delay = DELAY_MS) {
    const text = JSON.stringify(request);
    if (text === this.#text) return;
    this.#text = text;
    this.#request = request;
    this.#begin(request, delay);
  }

  /** Asks again although nothing was typed. */
  again() {
    if (this.#request) this.#begin(this.#request, 0);
  }

  /** Asks again if the last answer was a failure. Changes nothing until there is another answer. */
  async retry() {
    const { phase, answer } = this.state;
    if (this.#abort || phase !== "answered" || answer.probe) return;
    const again = await this.#post(this.#request);
    if (again && (again.probe || again.error?.message !== answer.error?.message)) {
      this.#change("answered", again);
    }
  }

  stop() {
    this.#cancel();
  }

  #begin(request, delay) {
    this.#cancel();
    if (!request.url.trim()) {
      this.#change("idle");
      return;
    }
    this.#change("waiting");
    this.#timer = setTimeout(() => this.#ask(request), delay);
  }

  async #ask(request) {
    this.#change("asking");
    const answer = await this.#post(request);
    if (answer) this.#change("answered", answer);
  }

  // Returns null if something else was asked meanwhile.
  async #post(request) {
    const abort = new AbortController();
    this.#abort = abort;
    let answer;
    try {
      answer = await post("/api/probe", request, abort.signal);
    } catch (error) {
      if (isAbort(error)) return null;
      answer = { error };
    }
    if (this.#abort !== abort) return null;
    this.#abort = null;
    return answer;
  }

  #cancel() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  #change(phase, answer = null) {
    this.state = { phase, answer };
    this.#onChange(this.state);
  }
}
