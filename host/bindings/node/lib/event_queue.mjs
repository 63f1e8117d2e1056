// SPDX-License-Identifier: Apache-2.0
//
// What `for await` takes events from.

export class EventQueue {
  #items = [];
  #first = 0;
  #waiting = [];
  #end = null; // { error } after the last event
  #changed;

  /** `changed()` is called when its size has shrunk, and when nobody reads it any more. */
  constructor(changed) {
    this.#changed = changed;
  }

  get size() { return this.#items.length - this.#first; }
  get hasEnded() { return this.#end !== null; }

  push(item) {
    if (this.#end) return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ value: item, done: false });
    else this.#items.push(item);
  }

  /** Ends it after what is in it; with `error` the reader gets that. */
  end(error) {
    if (this.#end) return;
    this.#end = { error };
    for (const waiting of this.#waiting.splice(0)) this.#settle(waiting);
  }

  #settle({ resolve, reject }) {
    const { error } = this.#end;
    this.#end = { error: undefined };
    if (error) reject(error);
    else resolve({ value: undefined, done: true });
  }

  next() {
    if (this.size > 0) {
      const value = this.#items[this.#first];
      this.#items[this.#first++] = undefined;
      if (this.#first === this.#items.length) {
        this.#items = [];
        this.#first = 0;
      } else if (this.#first >= 1024) {
        this.#items.splice(0, this.#first);
        this.#first = 0;
      }
      this.#changed();
      return Promise.resolve({ value, done: false });
    }
    return new Promise((resolve, reject) => {
      if (this.#end) this.#settle({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  return(value) {
    this.#items = [];
    this.#first = 0;
    this.end();
    this.#changed();
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator]() { return this; }
}
