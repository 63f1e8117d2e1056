// SPDX-License-Identifier: Apache-2.0
//
// What a promise of Pintle is rejected with. No text in it holds a secret.

const LAYERS = ["ok", "config", "dns", "tcp", "proxy", "tls", "access-proxy", "host-guard", "gate",
  "provider", "session", "ticket", "websocket", "protocol", "plugin", "store", "rate-limit"];
const RETRY = 1, USER_ACTION = 2, SIGN_IN = 4, CANCELLED = 8, OUTCOME_UNKNOWN = 0x10000;

export class PintleError extends Error {
  constructor({ layer, message, hint, flags, httpStatus, retryAfterMs }, options) {
    super(message, options);
    /** Where it failed: "dns", "tls", "gate", … */
    this.layer = typeof layer === "number" ? LAYERS[layer] ?? "unknown" : layer;
    this.code = `PINTLE_${this.layer.toUpperCase().replace("-", "_")}`;
    /** What to do about it. */
    this.hint = hint ?? "";
    this.httpStatus = httpStatus || undefined;
    this.retryAfterMs = retryAfterMs || undefined;
    this.retry = (flags & RETRY) !== 0;
    this.userAction = (flags & USER_ACTION) !== 0;
    this.signInRequired = (flags & SIGN_IN) !== 0;
    this.cancelled = (flags & CANCELLED) !== 0;
    /** The request was sent and no response received: it may have been executed. */
    this.outcomeUnknown = (flags & OUTCOME_UNKNOWN) !== 0;
    if (this.cancelled) {
      this.name = "AbortError";
      this.code = "ABORT_ERR";
    }
  }

  /** For JSON, which has no errors. */
  toJSON() {
    const { layer, message, hint, httpStatus, retryAfterMs, retry, userAction, signInRequired, cancelled,
      outcomeUnknown } = this;
    return { layer, message, hint, httpStatus, retryAfterMs, retry, userAction, signInRequired, cancelled,
      outcomeUnknown };
  }
}
Object.defineProperty(PintleError.prototype, "name", { value: "PintleError", writable: true });

/** The gateway's error response to a request (JSON-RPC 2.0 5.1). */
export class RpcError extends Error {
  constructor(method, code, message, data) {
    super(`the gateway answered ${JSON.stringify(method)} with error ${code}: ${message}`);
    this.code = code;
    this.rpcMessage = message;
    this.data = data;
  }
}
Object.defineProperty(RpcError.prototype, "name", { value: "RpcError", writable: true });

export function abortError(signal, { isUnknown = false } = {}) {
  const flags = isUnknown ? CANCELLED | OUTCOME_UNKNOWN : CANCELLED;
  return new PintleError({ layer: "config", message: "it was cancelled", flags }, { cause: signal.reason });
}

/** Of what the addon throws or passes: an Error, or the members of a pintle_error. */
export function toError(error, { signal, cause } = {}) {
  if (error instanceof Error) return error;
  const flags = signal?.aborted ? error.flags | CANCELLED : error.flags;
  const why = signal?.aborted ? signal.reason : cause;
  return new PintleError({ ...error, flags }, why === undefined ? undefined : { cause: why });
}

export const closedError = (what) => new PintleError(
  { layer: "config", message: `the ${what} is closed`, flags: 0 });
