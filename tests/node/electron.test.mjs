// SPDX-License-Identifier: Apache-2.0
//
// pintle/electron, without Electron: what a page may do, and what a hostile one gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, memoryHost, packageUrl, PASSWORD, TOKEN, tokenFile, USER, withToken } from "./support.mjs";

const { channels, installIpc, mainFunctions, trustedPages } = await import(packageUrl.replace("index.mjs", "electron.mjs"));
const none = await gateway("none");
const native = await gateway("native");
const page = "file:///opt/app/app.html";

/** ipcMain, and a renderer: arguments and answers are cloned as Electron does. */
class Ipc {
  handlers = new Map();
  handle(channel, handler) {
    if (this.handlers.has(channel)) throw new Error("a second handler");
    this.handlers.set(channel, handler);
  }
  removeHandler(channel) { this.handlers.delete(channel); }
  async invoke(channel, given, frame = { url: page, parent: null }) {
    return structuredClone(await this.handlers.get(channel)({ senderFrame: frame }, structuredClone(given)));
  }
}

function install(gateways, options) {
  const ipc = new Ipc();
  const remove = installIpc(ipc, gateways, { isTrustedSender: trustedPages(page), ...options });
  return { ipc, remove, ask: (name, given, frame) => ipc.invoke(channels[name], given, frame) };
}
const connect = (url = native.url) => memoryHost().connection(url);

test("a page probes, signs in, asks, dials and signs out", async () => {
  const { ask, ipc, remove } = install(connect());
  assert.equal((await ask("probe")).value.authRequired, true);
  assert.equal((await ask("state")).value.credential, false);
  const refused = await ask("wsUrl");
  assert.equal(refused.error.layer, "gate");
  assert.equal(refused.error.signInRequired, true);
  const wrong = await ask("signIn", { method: "password", answers: { username: USER, password: "wrong" } });
  assert.equal(wrong.error.layer, "gate");
  const { value } = await ask("signIn", { method: "password", answers: { username: USER, password: PASSWORD } });
  assert.equal(value.facts.user, USER);
  const urls = new Set();
  for (let i = 0; i < 3; ++i) urls.add((await ask("wsUrl")).value.url);
  assert.equal(urls.size, 3, "each dial has a ticket of its own");
  const socket = new WebSocketOf([...urls][0]);
  await socket.opened();
  const { value: response } = await ask("call", { target: "/api/sessions" });
  assert.equal(JSON.parse(new TextDecoder().decode(response.body)).total, 3);
  assert.deepEqual(Object.keys(response.headers).filter((name) => name.includes("cookie")), []);
  assert.ok((await ask("signOut")).value.signedOut);
  remove();
  assert.equal(ipc.handlers.size, 0);
});

/** Only that the URL works: node 20 has no WebSocket of its own. */
class WebSocketOf {
  constructor(url) { this.url = url; }
  async opened() {
    const { request } = await import("node:http");
    const asked = request(this.url.replace("ws:", "http:"), { headers: { Connection: "Upgrade", Upgrade: "websocket",
      "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" } });
    await new Promise((resolve, reject) => {
      asked.on("upgrade", (_, socket) => { socket.destroy(); resolve(); });
      asked.on("response", ({ statusCode }) => reject(new Error(String(statusCode))));
      asked.end();
    });
  }
}

test("only a trusted page's main frame is answered", async () => {
  const { ask } = install(connect());
  for (const frame of [null, undefined, {}, { url: "https://evil.example/", parent: null },
    { url: "file:///opt/app/app.html.evil", parent: null }, { url: "file:///opt/app/other.html", parent: null },
    { url: page, parent: { url: "https://evil.example/" } }, { url: "data:text/html,x", parent: null }, { url: 5 }]) {
    for (const name of Object.keys(channels)) {
      // A default would stand for undefined.
      const given = await ask(name, { target: "/api/sessions" }, frame === undefined ? {} : frame);
      assert.deepEqual(given, { error: { layer: "config", message: "this page may not use the gateway", hint: "" } });
    }
  }
  assert.equal((await ask("probe", undefined, { url: `${page}#x`, parent: null })).value.authRequired, true);
  const folder = trustedPages("app://main/");
  assert.equal(folder({ senderFrame: { url: "app://main/x.html", parent: null } }), true);
  assert.equal(folder({ senderFrame: { url: "app://mainly/x.html", parent: null } }), false);
  for (const wrong of [["https://app.example"], ["app"], [], [5]]) assert.throws(() => trustedPages(...wrong), TypeError);
  assert.throws(() => installIpc(new Ipc(), connect()), /isTrustedSender must be a function/);
  assert.throws(() => installIpc({}, connect(), { isTrustedSender: () => true }), TypeError);
});

test("a check that returns a promise, or throws, trusts nobody", async () => {
  for (const isTrustedSender of [async () => true, () => 1, () => { throw new Error("secret of main"); }]) {
    const { ask } = install(connect(), { isTrustedSender });
    const { value, error } = await ask("probe");
    assert.equal(value, undefined);
    assert.doesNotMatch(JSON.stringify(error), /secret of main/);
  }
});

test("a page cannot choose the gateway unless the app lets it", async () => {
  const { ask } = install({ home: connect() });
  assert.match((await ask("probe", { url: none.url })).error.message, /does not let its pages choose/);
  for (const gateway of ["other", "__proto__", "constructor", "toString", "", undefined]) {
    assert.match((await ask("probe", { gateway })).error.message, /no such gateway/);
  }
  assert.equal((await ask("probe", { gateway: "home" })).value.authRequired, true);
  const asked = [];
  const open = install(connect(), { openGateway: (url) => { asked.push(url); return url === none.url ? connect(url) : null; } });
  assert.equal((await open.ask("probe", { url: none.url })).value.authRequired, false);
  assert.match((await open.ask("probe", { url: "http://127.0.0.1:9/" })).error.message, /does not connect/);
  for (const url of ["file:///etc/passwd", "javascript:1", "http://user:pw@127.0.0.1/", "nonsense", "http://a\n", 5, {}]) {
    assert.match((await open.ask("probe", { url })).error.message, /invalid argument: url/, String(url));
  }
  assert.deepEqual(asked, [none.url, "http://127.0.0.1:9/"]);
});

test("a lasting token reaches no page unless the app lets it", async () => {
  const { ask } = install(connect(withToken(none.url)));
  const kept = await ask("wsUrl");
  assert.match(kept.error.message, /holds a token that lasts/);
  const shared = install(connect(withToken(none.url)), { allowLastingUrl: true });
  assert.match((await shared.ask("wsUrl")).value.url, /token=/);
  for (const [name, given] of [["probe"], ["state"], ["signOut"], ["call", { target: "/api/sessions" }],
    ["call", { target: "/api/none" }], ["wsUrl"]]) {
    const answer = JSON.stringify(await ask(name, given));
    assert.ok(!answer.includes(TOKEN) && !answer.includes(TOKEN.slice(-6)), answer);
    if (name !== "signOut") assert.ok(!answer.includes(tokenFile), name); // which tells what stays valid
  }
});

test("a gateway that repeats the credential or sets cookies does not give them to a page", async () => {
  const from = connect();
  const { ask } = install(from);
  await ask("signIn", { method: "password", answers: { username: USER, password: PASSWORD } });
  await native.control("expire-access", {}); // the next response sets new cookies
  const { value } = await ask("call", { target: "/api/sessions" });
  assert.equal(value.status, 200);
  assert.ok(Object.keys(value.headers).every((name) => !/cookie|auth|token/.test(name)));
  await native.faults({ kind: "echo", path: "/api/sessions", value: 500, count: 1 });
  const echoed = JSON.stringify(await ask("call", { target: "/api/sessions" }));
  assert.doesNotMatch(echoed, /hermes_session_at=[^*]/);
  await native.faults();
});

test("arguments of a hostile page are refused by name", async () => {
  const { ask } = install(connect(withToken(none.url)));
  const cyclic = {};
  cyclic.self = cyclic;
  const wrong = {
    probe: [5, "x", [1], { gateway: 5 }, { gateway: {} }, { gateway: "a\u0000" }, { gateway: "x".repeat(9000) }],
    signIn: [{ method: 5 }, { provider: {} }, { answers: "x" }, { answers: { a: 5 } }, { answers: [1] },
      { answers: Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, "v"])) }, { method: "a\nb" }],
    call: [undefined, null, {}, { target: 5 }, { target: "api" }, { target: "//evil.example/" }, { target: "/\\evil.example" },
      { target: "http://evil.example/" }, { target: "/a\r\nX: y" }, { target: "/a#b" }, { target: "/", method: "CONNECT" },
      { target: "/", method: "TRACE" }, { target: "/", method: "get" }, { target: "/", method: "GET\r\n" },
      { target: "/", headers: { Cookie: "a=b" } }, { target: "/", headers: { authorization: "x" } },
      { target: "/", headers: { Host: "x" } }, { target: "/", headers: { "X-Hermes-Session-Token": "x" } },
      { target: "/", headers: { accept: "a\r\nCookie: b" } }, { target: "/", headers: "x" }, { target: "/", body: 5 },
      { target: "/", body: {} }, { target: "/", body: "x".repeat(17 * 1024 * 1024) }, cyclic],
  };
  for (const [name, list] of Object.entries(wrong)) {
    for (const given of list) {
      const { error } = await ask(name, given);
      assert.match(error?.message ?? "accepted", /^invalid argument/, `${name} ${JSON.stringify(given === cyclic ? "cyclic" : given)?.slice(0, 60)}`);
    }
  }
  assert.equal((await none.requests()).filter(({ path }) => path === "/").length, 0);
});

test("members that are not listed are not read", async () => {
  const { ask } = install(connect(withToken(none.url)));
  const { value } = await ask("call", { target: "/api/sessions", signal: "x", json: { a: 1 }, inputs: { token: "x" }, url: "http://127.0.0.1:9" });
  assert.equal(value.status, 200);
});

test("the app decides which requests a page may send", async () => {
  const asked = [];
  const { ask } = install(connect(withToken(none.url)), {
    allowCall: (request) => { asked.push(request); return request.method === "GET"; },
  });
  assert.equal((await ask("call", { target: "/api/sessions" })).value.status, 200);
  assert.match((await ask("call", { target: "/api/sessions", method: "DELETE" })).error.message, /does not let/);
  assert.deepEqual(asked[0], { method: "GET", target: "/api/sessions" });
});

test("a misspelt or wrong option of the app is refused, and allows nothing", () => {
  const isTrustedSender = () => true;
  for (const wrong of [{ allowcall: () => false }, { allowCall: false }, { allowCall: null }, { openBrowser: true },
    { openGateway: "x" }, { allowLastingUrl: "no" }]) {
    const ipc = new Ipc();
    assert.throws(() => installIpc(ipc, connect(), { isTrustedSender, ...wrong }), TypeError, JSON.stringify(wrong));
    assert.throws(() => mainFunctions(connect(), wrong), TypeError);
    assert.equal(ipc.handlers.size, 0);
  }
  for (const gateways of [null, undefined, "home", 5, []]) assert.throws(() => mainFunctions(gateways), TypeError);
});

test("a second sign-in of the same gateway ends the first", async () => {
  const { ask } = install(connect(), { openBrowser: async () => true });
  const first = ask("signIn", { method: "browser", provider: "practice" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const second = await ask("signIn", { method: "password", answers: { username: USER, password: PASSWORD } });
  assert.equal(second.value.facts.user, USER);
  assert.equal((await first).error.cancelled, true);
});

test("an app with an IPC of its own uses the six functions", async () => {
  const functions = mainFunctions(connect());
  assert.deepEqual(Object.keys(functions).sort(), Object.keys(channels).sort());
  assert.equal((await functions.state()).credential, false);
});
