// SPDX-License-Identifier: Apache-2.0
//
// A live connection: a WebSocket that reconnects by itself.

import { EventEmitter } from "node:events";
import { inspect } from "node:util";
import { bool, object, options, refuse, signal, text, whole } from "./check.mjs";
import { abortError, closedError, PintleError, RpcError, toError } from "./errors.mjs";
import { EventQueue } from "./event_queue.mjs";
import { call, lives, native, nextId, throwLater } from "./native.mjs";
import { liveOptions } from "./options.mjs";
import { GatewayRequest, recordOf } from "./live_records.mjs";
import { signInsOf } from "./sign_ins.mjs";

const RPC = { timeoutMs: whole(1), signal, idempotent: bool };
const READY = { timeoutMs: whole(1), signal };
const EVENTS = { throwOnLatch: bool };
// Above this many times the limit an iterator pauses reading, whatever else is waited for.
const HARD_LIMIT = 16;
// A timer of Node with more is over at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

// The library looks at no more of a result than its end.
function resultOf(method, json) {
  try {
    return json === "" ? null : JSON.parse(json);
  } catch { // Its message has a part of the text.
    throw new PintleError({ layer: "protocol", message: `the gateway's reply to ${method} is malformed: it is not valid JSON`, flags: 0 });
  }
}

export class Live extends EventEmitter {
  #handle;
  #id = nextId();
  #connection;
  #state = Object.freeze({ name: "idle", generation: 0 });
  #pending = new Map();
  #queues = new Set();
  #waits = new Set();
  #maxQueued;
  #isPaused = false;
  #isHeld = true;
  #isClosed = false;
  #closing = null;
  #signIns = 0; // when the state was told

  /** For Connection.live. */
  constructor(connection, start, given) {
    super();
    const { made, maxQueuedEvents } = liveOptions(given);
    this.#connection = connection;
    this.#maxQueued = maxQueuedEvents;
    this.#handle = start(this.#id, made);
    lives.set(this.#id, {
      onEvent: (event) => this.#deliver("event", event),
      onResult: (id, json) => this.#settle(id, (request) => request.resolve(resultOf(request.method, json))),
      onRecord: (record) => this.#onRecord(record),
    });
    native.hold();
  }

  get connection() { return this.#connection; }
  /** "ready", "waiting", "needs-sign-in", … */
  get state() { return this.#state.name; }
  /** The last state with its details. */
  get lastState() { return this.#state; }
  get unsentBytes() { return this.#handle ? call("liveUnsent", this.#handle) : 0; }

  /** Sends a request, and resolves to its result. */
  rpc(method, params, given) {
    return new Promise((resolve, reject) => {
      text(method, "method");
      if (params !== undefined && (params === null || typeof params !== "object")) {
        refuse("params", "an object or an array", params);
      }
      const { timeoutMs = 0, idempotent, signal: ends } = given === undefined ? {} : options(given, RPC, "rpc");
      if (ends?.aborted) throw abortError(ends);
      if (!this.#handle) throw closedError("live connection");
      const json = params === undefined ? "" : JSON.stringify(params);
      const id = call("liveRequest", this.#handle, method, json, timeoutMs, idempotent ? 1 : 0);
      const request = { method, resolve, reject, signal: ends, abort: undefined };
      if (ends) {
        request.abort = () => { if (this.#handle) call("liveCancel", this.#handle, id); };
        ends.addEventListener("abort", request.abort, { once: true });
      }
      this.#pending.set(id, request);
      if (this.#isPaused) this.#updatePause();
    });
  }

  /** Sends one message unchanged. */
  send(message) {
    if (typeof message !== "string" && !(message instanceof Uint8Array)) {
      refuse("message", "a string or a Uint8Array", message);
    }
    if (!this.#handle) throw closedError("live connection");
    call("liveSend", this.#handle, message);
  }

  /** Resolves when it is ready; fails if it needs a sign-in, has failed or is closed. */
  ready(given) {
    const { timeoutMs, signal: ends } = options(given, READY, "ready");
    return new Promise((resolve, reject) => {
      if (ends?.aborted) return reject(abortError(ends));
      const wait = { done: null };
      let timer;
      const abort = () => wait.done(abortError(ends));
      wait.done = (error) => {
        this.#waits.delete(wait);
        clearTimeout(timer);
        ends?.removeEventListener("abort", abort);
        if (error) reject(error);
        else resolve();
      };
      this.#waits.add(wait);
      if (this.#answerWait(wait)) return undefined;
      ends?.addEventListener("abort", abort, { once: true });
      if (timeoutMs) {
        timer = setTimeout(() => wait.done(this.#state.error ?? new PintleError(
          { layer: "tcp", message: `not ready after ${timeoutMs} ms`, flags: 1 })), Math.min(timeoutMs, MAX_TIMER_MS));
      }
      this.#updatePause();
      return undefined;
    });
  }

  #answerWait(wait) {
    const { name, error } = this.#state;
    if (this.#isClosed) wait.done(error ?? closedError("live connection"));
    else if (name === "ready") wait.done();
    else if (name === "needs-sign-in" && signInsOf(this.#connection) !== this.#signIns) return false;
    else if (name === "needs-sign-in" || name === "failed") wait.done(error ?? closedError("live connection"));
    else return false;
    return true;
  }

  /** An iterator over the events from now on. While it has too many, the socket is not read. */
  events(given) {
    const { throwOnLatch = true } = options(given, EVENTS, "events");
    const queue = new EventQueue(() => {
      if (queue.hasEnded && queue.size === 0) this.#queues.delete(queue);
      if (this.#isPaused) this.#updatePause();
    });
    queue.throwOnLatch = throwOnLatch;
    if (this.#isClosed) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  [Symbol.asyncIterator]() { return this.events(); }

  /** Dials now, if it waits, needs a sign-in or has failed. */
  retryNow() {
    if (!this.#handle) throw closedError("live connection");
    call("liveRetry", this.#handle);
  }

  /** Closes the WebSocket in order; resolves when it is closed. */
  close(code = 0, reason = "") {
    whole(0, 4999)(code, "code");
    text(reason, "reason");
    if (this.#isClosed) return Promise.resolve();
    try {
      call("liveClose", this.#handle, code, reason);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#unpause();
    return this.#closing ??= new Promise((resolve) => { this.once("closed", () => resolve()); });
  }

  /** Ends it at once. */
  destroy() {
    if (!this.#isClosed) this.#onClosed(Object.freeze({ ...this.#state, name: "closed", error: undefined }), true);
  }

  /** Whether an open connection keeps the process running; it does. */
  ref() { return this.#hold(true); }
  unref() { return this.#hold(false); }

  #hold(yes) {
    if (this.#isHeld !== yes && lives.has(this.#id)) {
      this.#isHeld = yes;
      native[yes ? "hold" : "release"]();
    }
    return this;
  }

  #updatePause() {
    if (!this.#handle) return;
    let most = 0;
    for (const queue of this.#queues) most = Math.max(most, queue.size);
    const isWaited = this.#pending.size > 0 || this.#waits.size > 0;
    const limit = isWaited ? HARD_LIMIT * this.#maxQueued : this.#maxQueued;
    const pause = this.#isPaused ? most > limit / 2 : most >= limit;
    if (pause === this.#isPaused) return;
    this.#isPaused = pause;
    native.livePause(this.#handle, pause);
  }

  #unpause() {
    this.#maxQueued = Infinity;
    this.#updatePause();
  }

  // What a listener throws is uncaught, and ends nothing of this connection.
  #emit(name, value) {
    try {
      return this.emit(name, value);
    } catch (error) {
      throwLater(error);
      return true;
    }
  }

  #deliver(name, value) {
    for (const queue of this.#queues) queue.push(value);
    if (this.#queues.size > 0) this.#updatePause();
    if (this.listenerCount(name) > 0) this.#emit(name, value);
  }

  #settle(id, settle) {
    const request = this.#pending.get(id);
    if (request === undefined) return;
    this.#pending.delete(id);
    request.signal?.removeEventListener("abort", request.abort);
    try {
      settle(request);
    } catch (error) {
      request.reject(error);
    }
    if (this.#isClosed) this.#letGo();
  }

  #onRecord(record) {
    const made = recordOf(record);
    switch (made.kind) {
      case "state": return this.#onState(made.state);
      case "error": return this.#settle(record.value, ({ method, reject }) =>
        reject(new RpcError(method, record.code, record.text, made.data)));
      case "unanswered": return this.#settle(record.value, ({ reject, signal: ends }) =>
        reject(toError(made.error, { signal: ends })));
      case "request": return this.#onRequest(record, made);
      default: return this.#deliver(made.kind, made);
    }
  }

  #onRequest(record, { method, json }) {
    const answer = (name, ...values) => {
      if (!this.#handle) throw closedError("live connection");
      call(name, this.#handle, record.generation, record.id, ...values);
    };
    const request = new GatewayRequest(method, json, answer);
    if (this.listenerCount("request") > 0) return void this.#emit("request", request);
    try {
      return request.refuse(-32601, `unknown method: ${method}`);
    } catch { /* its connection is gone */ }
    return undefined;
  }

  #onState(state) {
    if (state.name === "closed") return this.#onClosed(state, false);
    this.#state = state;
    this.#signIns = signInsOf(this.#connection);
    for (const wait of [...this.#waits]) this.#answerWait(wait);
    if (state.name === "needs-sign-in" || state.name === "failed") {
      for (const queue of this.#queues) if (queue.throwOnLatch) { queue.end(state.error); this.#queues.delete(queue); }
    }
    this.#emit("state", state);
    if (state.name === "ready") this.#emit("ready", state);
    return undefined;
  }

  #onClosed(state, isLater) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#state = state;
    call("liveDestroy", this.#handle);
    this.#handle = null;
    for (const wait of [...this.#waits]) this.#answerWait(wait);
    for (const queue of this.#queues) queue.end();
    this.#queues.clear();
    const tell = () => { this.#emit("state", state); this.#emit("closed", state); };
    if (isLater) queueMicrotask(tell);
    else tell();
    this.#letGo();
  }

  // Its last requests are answered after it was destroyed.
  #letGo() {
    if (this.#pending.size > 0 || !lives.delete(this.#id)) return;
    if (this.#isHeld) native.release();
  }

  [Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose")]() { return this.close(); }

  [inspect.custom]() {
    return `Live { ${inspect(this.#connection)}, ${this.#state.name} }`;
  }
}
