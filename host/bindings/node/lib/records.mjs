// SPDX-License-Identifier: Apache-2.0
//
// Reads the events that the addon passes, many in one call (src/record_batch.h): the numbers of each,
// and their texts one after another in one string.

export const NUMBERS = 12;
const EVENT = 2, RESULT = 3;

// A slice of a string keeps the whole of it alive. What an app is likely to keep, and what repeats, is
// given as a string of its own.
const known = new Map();
const MAX_KNOWN = 1000, MAX_LENGTH = 128;
function own(slice) {
  if (slice.length > MAX_LENGTH) return slice;
  const found = known.get(slice);
  if (found !== undefined) return found;
  if (known.size >= MAX_KNOWN) known.clear();
  const copy = Buffer.from(slice, "utf8").toString("utf8");
  known.set(copy, copy);
  return copy;
}

/** An event of the gateway. */
export class LiveEvent {
  #payload;

  constructor(type, sessionId, seq, json) {
    this.kind = "event";
    this.type = type;
    this.sessionId = sessionId;
    this.seq = seq;
    /** The payload as it was received. */
    this.json = json;
  }

  /** Parsed when it is asked for. */
  get payload() {
    if (this.#payload === undefined) this.#payload = this.json === "" ? null : JSON.parse(this.json);
    return this.#payload;
  }

  toJSON() {
    const { type, sessionId, seq, payload } = this;
    return { type, sessionId, seq, payload };
  }
}

/** `to`: has onEvent, onResult and onRecord. */
export function receive(to, numbers, count, text, extras) {
  let at = 0;
  for (let i = 0, n = 0; i < count; ++i, n += NUMBERS) {
    const kind = numbers[n];
    const flags = numbers[n + 1];
    const value = numbers[n + 3];
    const extra = numbers[n + 11];
    const id = numbers[n + 6] === 0 ? "" : text.slice(at, at += numbers[n + 6]);
    const type = numbers[n + 7] === 0 ? "" : text.slice(at, at += numbers[n + 7]);
    const session = numbers[n + 8] === 0 ? "" : text.slice(at, at += numbers[n + 8]);
    let json = numbers[n + 9] === 0 ? "" : text.slice(at, at += numbers[n + 9]);
    if (kind === RESULT) {
      to.onResult(value, extra < 0 ? json : extras[extra]);
    } else if (kind === EVENT) {
      if (extra >= 0) json = extras[extra];
      to.onEvent(new LiveEvent(own(type), session === "" ? undefined : own(session),
        (flags & 1) !== 0 ? value : undefined, json));
    } else {
      const words = numbers[n + 10] === 0 ? "" : text.slice(at, at += numbers[n + 10]);
      to.onRecord({ kind, flags, generation: numbers[n + 2], value, code: numbers[n + 4],
        state: numbers[n + 5], id, type, json, text: words, extra: extra < 0 ? undefined : extras[extra] });
    }
  }
}
