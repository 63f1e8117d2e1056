// SPDX-License-Identifier: Apache-2.0
//
// The addon, and what it calls: results of operations, questions to functions of the app, and the events
// of live connections.

import os from "node:os";
import { fileURLToPath } from "node:url";
import { abortError, toError } from "./errors.mjs";
import { NUMBERS, receive } from "./records.mjs";

function load() {
  const file = fileURLToPath(new URL("../native/pintle.node", import.meta.url));
  const { RTLD_LAZY, RTLD_DEEPBIND = 0 } = os.constants.dlopen;
  const module = { exports: {} };
  try {
    // Node has an OpenSSL of its own, with the same names. The library must use the one that it was
    // built with.
    process.dlopen(module, file, RTLD_LAZY | RTLD_DEEPBIND);
  } catch (error) {
    throw new Error(`pintle cannot load its addon for ${process.platform} ${process.arch}: ${error.message}`,
      { cause: error });
  }
  return module.exports;
}

export const native = load();
if (native.numbers !== NUMBERS) throw new Error("pintle: its addon is of another version");
const numbers = new Float64Array(native.maxRecords * native.numbers);

let last = 0;
export const nextId = () => ++last;

/** Functions of the app, by the number that the library knows them by: they are let go when it says
    that it will not call them again. */
const functions = new Map();
const logs = new Map();
const operations = new Map();
const questions = new Map();
/** Open live connections. They are kept as a socket is, whether or not the app keeps them. */
export const lives = new Map();

/** Registers a function `(what, texts, bytes, signal) => answer`. */
export function keep(answer) {
  const id = nextId();
  functions.set(id, answer);
  return id;
}
export const keepLog = (id, hook) => logs.set(id, hook);
export const keepAs = (id, answer) => functions.set(id, answer);
export const letGo = (id) => functions.delete(id);

/** Throws as an error that nobody has caught, as a listener's does. */
export const throwLater = (error) => queueMicrotask(() => { throw error; });

async function answer(question, target, what, bytes, texts) {
  const controller = new AbortController();
  questions.set(question, controller);
  try {
    const value = await functions.get(target)?.(what, texts, bytes, controller.signal);
    if (typeof value === "string" || value instanceof Uint8Array) native.answer(question, value);
    else if (value === undefined || value === null) native.answer(question, undefined);
    else native.refuse(question, "the app's function returned neither a text nor bytes");
  } catch {
    // Its message is not passed on: the app may have put anything into it.
    try {
      native.refuse(question, "the app's function has failed");
    } catch { /* the process is ending */ }
  } finally {
    questions.delete(question);
  }
}

const LEVELS = ["off", "error", "warn", "info", "debug", "trace"];
const VALUES = { n: Number, b: (text) => text === "1", t: String };

function logged(hook, [level, area, event, connection, timeMs, ...pairs]) {
  const fields = {};
  for (let i = 0; i < pairs.length; i += 2) {
    fields[pairs[i]] = VALUES[pairs[i + 1][0]](pairs[i + 1].slice(1));
  }
  hook({ level: LEVELS[level], area, event, connection, timeMs: Number(timeMs), fields });
}

function onMessage(what, target, question, bytes, ...texts) {
  try {
    if (question !== 0) void answer(question, target, what, bytes, texts);
    else if (what === "log") { const hook = logs.get(target); if (hook) logged(hook, texts); }
    else if (what === "cancelled") questions.get(target)?.abort();
    else if (what === "release") functions.delete(target);
    else if (what === "release_log") logs.delete(target);
    else void functions.get(target)?.(what, texts);
  } catch (error) {
    throwLater(error);
  }
}

function onFinish(id, error, status, body, headers) {
  const done = operations.get(id);
  operations.delete(id);
  try {
    done?.(error, status, body, headers);
  } catch (thrown) {
    throwLater(thrown);
  }
}

function onRecords(live, count, text, units, extras) {
  try {
    if (text.length !== units) throw new Error("pintle: an event is not valid UTF-8");
    const to = lives.get(live);
    if (to) receive(to, numbers, count, text, extras);
  } catch (error) {
    throwLater(error);
  }
}

native.init(onMessage, onFinish, onRecords, numbers);
// The threads of the library end before the process does. A worker that is terminated has no such event:
// the addon ends them then.
process.on("exit", () => native.end());

/** Calls the addon; what it fails with becomes a PintleError. */
export function call(name, ...values) {
  try {
    return native[name](...values);
  } catch (error) {
    throw toError(error);
  }
}

// A function of the app that never answers, or others that wait before it, may hold up an operation that
// was cancelled. After this time nobody waits for its end, and it is not known what it has done.
const END_MS = 1000;

/** Begins an operation by `begin(id)`; resolves to `convert(status, body, headers)`. */
export function run(begin, { signal, convert, onEnd, failsIfAborted = false }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      onEnd?.(0);
      reject(abortError(signal));
      return;
    }
    const id = nextId();
    try {
      begin(id);
    } catch (error) {
      onEnd?.(id);
      reject(toError(error));
      return;
    }
    let late;
    const abort = () => {
      late = setTimeout(() => reject(abortError(signal, { isUnknown: true })), END_MS);
      native.cancel(id);
    };
    signal?.addEventListener("abort", abort, { once: true });
    operations.set(id, (error, status, body, headers) => {
      signal?.removeEventListener("abort", abort);
      clearTimeout(late);
      const cause = onEnd?.(id);
      if (!error && failsIfAborted && signal?.aborted) return reject(abortError(signal));
      if (error) return reject(toError(error, { signal, cause }));
      try {
        resolve(convert(status, body, headers));
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}
