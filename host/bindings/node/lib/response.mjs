// SPDX-License-Identifier: Apache-2.0
//
// What calls resolve to.

import { inspect } from "node:util";

/** Of a REST request; any status. */
export class Response {
  /** `list`: name, value, name, value, … */
  constructor(status, body, list) {
    this.status = status;
    this.ok = status >= 200 && status < 300;
    /** As those of node:http: names in lower case, several values in one, set-cookie an array. */
    this.headers = Object.create(null);
    for (let i = 0; i < list.length; i += 2) {
      const name = list[i].toLowerCase();
      const value = list[i + 1];
      if (name === "set-cookie") (this.headers[name] ??= []).push(value);
      else this.headers[name] = name in this.headers ? `${this.headers[name]}, ${value}` : value;
    }
    this.body = body;
  }

  text() { return this.body.toString("utf8"); }
  json() { return JSON.parse(this.text()); }

  /** A body or a cookie may be secret. */
  [inspect.custom]() {
    return `Response { status: ${this.status}, body: <${this.body.length} bytes> }`;
  }
}

/** A URL with a credential in it: it is in no output of console.log and JSON. */
export class WsUrl {
  #url;

  constructor(url, singleUse) {
    this.#url = url;
    this.singleUse = singleUse;
  }

  get url() { return this.#url; }
  toString() { return "[a WebSocket URL with a credential: see its member url]"; }
  [inspect.custom]() { return `WsUrl { url: <secret>, singleUse: ${this.singleUse} }`; }
}
