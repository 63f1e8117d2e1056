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
  state = { phase: "idle", answer: null };

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Probes with `request`, {url, …}. The same request again changes nothing. */
  set(request, delay = DELAY_MS) {
    const text = JSON.stringify(request);
    if (text === this.#text) return;
    this.#text = text;
    this.#cancel();
    if (!request.url.trim()) {
      this.#change("idle");
      return;
    }
    this.#change("waiting");
    this.#timer = setTimeout(() => this.#ask(request), delay);
  }

  /** Asks again although nothing was typed. */
  again(request) {
    this.#text = "";
    this.set(request, 0);
  }

  stop() {
    this.#cancel();
  }

  async #ask(request) {
    const abort = new AbortController();
    this.#abort = abort;
    this.#change("asking");
    let answer;
    try {
      answer = await post("/api/probe", request, abort.signal);
    } catch (error) {
      if (isAbort(error)) return;
      answer = { error };
    }
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#change("answered", answer);
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
