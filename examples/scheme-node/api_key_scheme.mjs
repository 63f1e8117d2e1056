#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A scheme as a program: a key in X-Api-Key for gateways whose status lists the flow "api_key".
import { createInterface } from "node:readline";

const scheme = {
  id: "api-key", name: "API key", strength: 40, score: 90,
  reason: "the gateway takes an API key", sends_secret: true,
  rules: [{ field: "auth_flows", value: "api_key" }],
  settings: [{ key: "api_key", label: "API key", default: "", secret: true }],
  observed_statuses: [401],
};
const hint = "Provide it with --secret-file api_key=FILE.";
const refused = "Check that the key is this gateway's (--secret-file api_key=FILE).";

class ApiKey {
  version = 1;
  constructor(session) { this.key = session ? checked(session) : ""; }

  decorate() {
    const message = "there is no API key for this gateway";
    if (!this.key) throw { layer: "gate", message, hint, sign_in: true };
    return { headers: [["X-Api-Key", this.key]], credential: this.version };
  }

  observe({ headers, credential }) {
    // A page is from a proxy in front of the gateway.
    if (headers.some(([name, value]) => /^content-type$/i.test(name) && /^text\/html/.test(value))) return {};
    if (credential !== this.version) return { retry_once: true }; // it was an older key
    return { needs_sign_in: { message: "the gateway refused the API key", hint: refused } };
  }

  begin({ kind, operation, ws_url }) {
    this.waiting = kind === "sign-in" ? operation : null;
    if (kind === "sign-in") {
      return { need: "input", message: "This gateway wants an API key.",
               inputs: [{ key: "api_key", label: "API key", secret: true }] };
    }
    if (kind === "sign-out") this.take("");
    return { need: "done", ws_url, life: "until-rejected" };
  }

  resume({ operation, failure, fields = [] }) {
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== operation) throw { layer: "plugin", message: "the operation has ended" };
    if (failure) throw { message: "the API key could not be asked for", ...failure }; // of the host
    this.take(checked((new Map(fields).get("api_key") ?? "").trim()));
    return { need: "done" };
  }

  describe() { return { facts: this.key ? [["credential", "API key"]] : [] }; }

  take(key) { this.key = this.session = key; this.version += 1; }
}

function checked(key) {
  const message = "the API key is empty or does not fit in a header";
  if (!/^[!-~]+$/.test(key)) throw { layer: "config", message, hint, user_action: true };
  return key;
}

const auths = new Map();
function handle(method, params) {
  if (method === "hello") {
    return { protocol: 1, name: "api-key-node", version: "1.0.0", schemes: [scheme] };
  }
  if (method === "open") auths.set(params.auth, new ApiKey(params.session));
  else if (method === "close") auths.delete(params.auth);
  else if (method !== "end") return auths.get(params.auth)[method](params);
  return {};
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  const reply = { id };
  try {
    reply.result = handle(method, params);
  } catch (failure) {
    reply.error = failure instanceof Error ? { message: "the scheme has a fault" } : failure;
  }
  const auth = auths.get(params.auth);
  if (auth?.session !== undefined) { // the host stores it before it does anything else
    reply.session = auth.session;
    delete auth.session;
  }
  if (id !== undefined) console.log(JSON.stringify(reply));
}
