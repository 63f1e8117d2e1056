// SPDX-License-Identifier: Apache-2.0
//
// A connection to one gateway: the probe, signing in and out, REST requests, a URL to dial.

import { inspect } from "node:util";
import { fromJson, func, object, options, pairs, refuse, signal, text, whole } from "./check.mjs";
import { closedError, toError } from "./errors.mjs";
import { Live } from "./live.mjs";
import { call, keepAs, letGo, native, run } from "./native.mjs";
import { connectionOptions, labelOf } from "./options.mjs";
import { Response, WsUrl } from "./response.mjs";
import { countSignIn } from "./sign_ins.mjs";

export function doctorResult(report, steps) {
  const list = steps.map(({ facts, failure, ...step }) => ({
    ...step,
    facts: Object.fromEntries(Array.from({ length: facts.length / 2 }, (_, i) => [facts[2 * i], facts[2 * i + 1]])),
    ...(failure && { failure: toError(failure) }),
  }));
  const failed = list.find((step) => step.verdict === "failed");
  return { ok: failed === undefined, failed: failed?.id, steps: list, report };
}

const headers = (given, name) => Array.isArray(given)
  ? given.map((pair, i) => [text(pair?.[0], `${name}[${i}][0]`), text(pair?.[1], `${name}[${i}][1]`)])
  : pairs(given, name);

function body(given, name) {
  if (typeof given === "string" || given instanceof Uint8Array) return given;
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  refuse(name, "a string, a Uint8Array or an ArrayBuffer", given);
}

const CALL = { method: text, target: text, headers, body, json: (value) => value, signal };

function callOptions(given) {
  const { json, signal: ends, ...made } = options(typeof given === "string" ? { target: given } : given, CALL,
    "call");
  if (!made.target) throw new TypeError('call.target must be a path, such as "/api/sessions"');
  if (json !== undefined) {
    if (made.body !== undefined) throw new TypeError("call.json and call.body exclude each other");
    made.body = JSON.stringify(json);
    if (made.body === undefined) refuse("call.json", "a value that JSON has", json);
    made.headers = [["Content-Type", "application/json"], ...(made.headers ?? [])];
    made.method ??= "POST";
  }
  return { made, signal: ends };
}

const UI = { showMessage: func, ask: func, readPasted: func, openBrowser: func };
const SIGN_IN = { method: text, provider: text, given: pairs, userTimeoutMs: whole(1),
  frontOnly: (value) => Boolean(value), signal };

/** The functions of a sign-in, as the addon asks for them; the first that fails is the error's cause. */
class SignInUi {
  constructor(ui) {
    this.ui = ui;
  }

  async answer(what, texts, signal) {
    const { ui } = this;
    switch (what) {
      case "show": return void await ui.showMessage(texts[0]);
      case "ask": {
        const flags = Number(texts[2]);
        return ui.ask({ key: texts[0], label: texts[1], secret: (flags & 1) !== 0, front: (flags & 2) !== 0 },
          { signal });
      }
      case "paste": return ui.readPasted(texts[0], { signal });
      default: return (await ui.openBrowser(texts[0])) === false ? undefined : "opened";
    }
  }

  async handle(what, texts, _, signal) {
    try {
      return await this.answer(what, texts, signal);
    } catch (error) {
      this.failure ??= error;
      if (what !== "show") throw error;
      return undefined;
    }
  }
}

export class Connection {
  #handle;
  #host;
  #given;
  #label;

  /** For Host.connection. */
  constructor(host, open, given) {
    this.#handle = open(connectionOptions(given));
    this.#host = host;
    this.#given = given;
    this.#label = labelOf(given);
  }

  #open() {
    if (!this.#handle) throw closedError("connection");
    return this.#handle;
  }

  async #run(name, more, convert, ...values) {
    const { signal: ends } = options(more, { signal }, `${name} options`);
    return run((id) => native[name](this.#open(), id, ...values), { signal: ends, convert });
  }

  probe(more) { return this.#run("probe", more, (_, json) => fromJson(json)); }
  choose(more) { return this.#run("choose", more, (_, json) => fromJson(json)); }
  status(more) { return this.#run("status", more, (_, json) => fromJson(json)); }
  signOut(more) { return this.#run("signOut", more, (_, json) => fromJson(json)); }

  /** Mints a URL for another WebSocket to dial. A ticket in it works once, and soon lapses. */
  async wsUrl(given) {
    const { path, ...more } = options(given, { path: text, signal }, "wsUrl");
    return this.#run("wsUrl", more, (single, url) => new WsUrl(url, single === 1), path);
  }

  /** Sends one request with the connection's credential. */
  async call(given) {
    const { made, signal: ends } = callOptions(given);
    return run((id) => native.call(this.#open(), id, made),
      { signal: ends, convert: (status, bytes, list) => new Response(status, bytes, list) });
  }

  /** Signs the user in. `ui`: functions that ask and show; null: nobody is asked. */
  async signIn(ui, given) {
    const { signal: ends, frontOnly, ...made } = options(given, SIGN_IN, "signIn");
    const has = { nobody: ui === null || ui === undefined };
    if (!has.nobody) {
      for (const [name, value] of Object.entries(UI)) {
        if (object(ui, "ui")[name] !== undefined) has[name] = value(ui[name], `ui.${name}`);
      }
    }
    if (frontOnly) made.flags = 1;
    const answers = new SignInUi(ui);
    return run((id) => {
      keepAs(id, (...asked) => answers.handle(...asked));
      native.signIn(this.#open(), id, made, has);
    }, {
      signal: ends,
      convert: (_, json) => { countSignIn(this); return fromJson(json); },
      onEnd: (id) => { letGo(id); return answers.failure; },
    });
  }

  counters() { return call("counters", this.#open()); }
  doctor(more) { return this.#host.doctor(this.#given, more); }

  /** A WebSocket that reconnects by itself. */
  live(given) { return new Live(this, (id, made) => call("liveStart", this.#open(), id, made), given); }

  /** What is in progress and live connections go on. */
  close() {
    if (this.#handle) native.closeConnection(this.#handle);
    this.#handle = null;
  }

  [inspect.custom]() {
    return `Connection { ${this.#label}${this.#handle ? "" : ", closed"} }`;
  }
}
