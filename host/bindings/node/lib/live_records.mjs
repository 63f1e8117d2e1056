// SPDX-License-Identifier: Apache-2.0
//
// What a live connection receives but events and results.

import { text, whole } from "./check.mjs";
import { toError } from "./errors.mjs";
import { native } from "./native.mjs";

const STATE = 1, ERROR = 4, UNANSWERED = 5, REQUEST = 6, NOTIFICATION = 7, MALFORMED = 8, MESSAGE = 9;
const WAS_SENT = 2, IS_TEXT = 4, IS_FIRST = 8, IS_LAST = 16, REUSED = 32;
const OUTCOME_UNKNOWN = 0x10000;

const parsed = (json) => json === "" || json === undefined ? null : JSON.parse(json);

// The library has checked that it is JSON. Whatever JavaScript cannot parse must not lose the events that
// follow.
function parsedIfPossible(json) {
  try {
    return parsed(json);
  } catch {
    return undefined;
  }
}

/** A notification of the gateway. */
class Notification {
  constructor(method, json) {
    this.kind = "notification";
    this.method = method;
    this.json = json;
  }

  get params() { return parsed(this.json); }
}

/** A request of the gateway: answer it or refuse it. */
export class GatewayRequest {
  #answer;

  constructor(method, json, answer) {
    this.method = method;
    this.json = json;
    this.#answer = answer;
  }

  get params() { return parsed(this.json); }
  answer(result) { this.#answer("liveAnswer", JSON.stringify(result ?? null)); }
  refuse(code, message) {
    whole(Number.MIN_SAFE_INTEGER)(code, "code");
    this.#answer("liveRefuse", code, text(message, "message"));
  }
}

function stateOf({ state, generation, value, code, flags, text: reason, json, extra }) {
  const error = extra !== undefined && typeof extra === "object" ? toError(extra) : undefined;
  const greeting = typeof extra === "string" ? extra : json;
  return Object.freeze({
    name: native.stateName(state), generation, waitMs: value || undefined, closeCode: code || undefined,
    reason: reason || undefined, reused: (flags & REUSED) !== 0, error,
    greeting: greeting === "" ? undefined : parsedIfPossible(greeting),
  });
}

export function recordOf(record) {
  const { kind, flags, type, extra } = record;
  const json = typeof extra === "string" ? extra : record.json;
  switch (kind) {
    case STATE: return { kind: "state", state: stateOf(record) };
    case ERROR: return { kind: "error", data: parsedIfPossible(json) };
    case UNANSWERED: {
      const sent = (flags & WAS_SENT) !== 0 ? OUTCOME_UNKNOWN : 0;
      return { kind: "unanswered", error: { ...extra, flags: extra.flags | sent } };
    }
    case REQUEST: return { kind: "request", method: type, json };
    case NOTIFICATION: return new Notification(type, json);
    case MALFORMED: return { kind: "malformed", text: extra };
    default: {
      const data = extra instanceof Uint8Array ? extra : json;
      const piece = kind === MESSAGE ? {}
        : { isFirst: (flags & IS_FIRST) !== 0, isLast: (flags & IS_LAST) !== 0 };
      return { kind: "message", isText: (flags & IS_TEXT) !== 0, data, ...piece };
    }
  }
}
