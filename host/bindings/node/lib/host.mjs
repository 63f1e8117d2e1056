// SPDX-License-Identifier: Apache-2.0
//
// A host: which schemes can be used, and where sessions are stored.

import { inspect } from "node:util";
import { Connection, doctorResult } from "./connection.mjs";
import { closedError } from "./errors.mjs";
import { options, signal } from "./check.mjs";
import { call, keepAs, keepLog, native, nextId, run } from "./native.mjs";
import { connectionOptions, hostOptions } from "./options.mjs";

/** The functions of a session store, as the addon asks for them. */
const answersOf = (store) => async (what, [connection, url, scheme], bytes) => {
  const answer = await store[what]({ connection, url, scheme }, bytes);
  return what === "load" ? answer : undefined; // A Map returns something when it saves and erases, too.
};

export class Host {
  #handle;

  constructor(given) {
    const { made, hook, store } = hostOptions(given);
    const id = nextId();
    if (hook) keepLog(id, hook);
    if (store) keepAs(id, answersOf(store));
    this.#handle = call("newHost", made, id);
  }

  /** `given`: options, a URL, or the name of a saved connection. Sends nothing. */
  connection(given) {
    if (!this.#handle) throw closedError("host");
    return new Connection(this, (made) => call("openConnection", this.#handle, made), given);
  }

  /** Finds out why a gateway cannot be reached. */
  doctor(given, more) {
    const made = options(more, { signal }, "doctor options");
    if (!this.#handle) return Promise.reject(closedError("host"));
    const settings = connectionOptions(given);
    return run((id) => native.doctor(this.#handle, id, settings),
      { ...made, failsIfAborted: true, convert: (_, report, steps) => doctorResult(report, steps) });
  }

  /** Its connections stay open. */
  close() {
    if (this.#handle) native.closeHost(this.#handle);
    this.#handle = null;
  }

  [inspect.custom]() {
    return `Host {${this.#handle ? "" : " closed "}}`;
  }
}

let standard = null;
/** The host of `connect`: the schemes of the library and of the user's folders, sessions in files. */
export const standardHost = () => standard ??= new Host();
