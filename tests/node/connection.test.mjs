// SPDX-License-Identifier: Apache-2.0
//
// Hosts and connections: what is asked of a gateway, and how it fails.

import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  folder, gateway, memoryHost, PASSWORD, pintle, TOKEN, tokenFile, ui, until, USER, withToken,
} from "./support.mjs";

const { Connection, Host, PintleError } = pintle;
const none = await gateway("none");
const native = await gateway("native");

test("a gateway is probed, and its scheme chosen", async () => {
  const connection = memoryHost().connection(native.url);
  const found = await connection.probe();
  assert.equal(found.authRequired, true);
  assert.deepEqual(found.providers[0], { name: "basic", displayName: "Username & Password", supportsPassword: true });
  assert.equal((await connection.choose()).scheme, "oauth");
});

test("a request has the credential, and its response is whole", async () => {
  const connection = memoryHost().connection(withToken(none.url));
  const response = await connection.call("/api/sessions");
  assert.equal(response.status, 200);
  assert.equal(response.headers["content-type"], "application/json");
  assert.equal(response.json().total, 3);
  assert.equal((await connection.call({ target: "/api/no-such-thing" })).status, 404);
  assert.ok(connection.counters().responses2xx >= 1);
});

test("a large body is a Buffer that outlives everything", async () => {
  const connection = memoryHost().connection(withToken(none.url));
  await none.faults({ kind: "huge_body", path: "/api/sessions", value: 3_000_000 });
  const { body } = await connection.call("/api/sessions");
  connection.close();
  globalThis.gc?.();
  assert.equal(body.length, 3_000_000);
  assert.equal(new Set(body.subarray(-1000)).size, 1);
});

for (const [kind, source] of Object.entries({
  file: { file: tokenFile },
  command: { command: `cat ${tokenFile}` },
  env: { env: "PINTLE_NODE_TEST_TOKEN" },
  secret: { secret: TOKEN },
  callback: { callback: async (key) => key === "token" ? TOKEN : undefined },
  bytes: { callback: () => Buffer.from(TOKEN) },
})) {
  test(`a secret from ${kind}`, async () => {
    process.env.PINTLE_NODE_TEST_TOKEN = TOKEN;
    const connection = memoryHost().connection({ url: none.url, inputs: { token: source } });
    assert.equal((await connection.call("/api/sessions")).status, 200);
  });
}

test("a function that fails declines, and its text is not shown", async () => {
  for (const callback of [async () => { throw new Error(TOKEN); }, () => { throw new Error(TOKEN); }, () => 5,
    () => null]) {
    const connection = memoryHost().connection({ url: none.url, inputs: { token: { callback } } });
    await assert.rejects(connection.call("/api/sessions"), (error) => {
      assert.ok(error instanceof PintleError);
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /practice-token/);
      return true;
    });
  }
});

test("a user signs in with a password, and out", async () => {
  const connection = memoryHost().connection(native.url);
  const asked = [];
  const shown = [];
  const signedIn = await connection.signIn(ui({
    showMessage: (text) => { shown.push(text); },
    ask: async ({ key, secret }) => { asked.push([key, secret]); return { username: USER, password: PASSWORD }[key]; },
  }), { method: "password" });
  assert.deepEqual(asked, [["username", false], ["password", true]]);
  assert.ok(shown.length > 0);
  assert.equal(signedIn.facts.user, USER);
  assert.equal((await connection.status()).credential, true);
  const { url, singleUse } = await connection.wsUrl();
  assert.match(url, /^ws:.*ticket=/);
  assert.equal(singleUse, true);
  assert.ok((await connection.signOut()).signedOut);
  await assert.rejects(connection.call("/api/sessions"), { layer: "gate", signInRequired: true });
});

test("a declined question ends the sign-in; an exception is its cause", async () => {
  const connection = memoryHost().connection(native.url);
  await assert.rejects(connection.signIn({ ask: () => undefined }, { method: "password" }),
    { name: "PintleError", layer: "config", userAction: true });
  const failure = new Error("no display");
  await assert.rejects(connection.signIn({ ask: () => { throw failure; } }, { method: "password" }),
    (error) => error instanceof PintleError && error.cause === failure);
  await assert.rejects(connection.signIn(null, { method: "password" }), PintleError);
  await assert.rejects(connection.signIn(ui({ ask: ({ key }) => key === "username" ? USER : "wrong" }),
    { method: "password" }), (error) => error.layer === "gate" && !inspect(error).includes("wrong-secret"));
});

test("a user signs in with a browser, and pastes", async () => {
  const connection = memoryHost().connection(native.url);
  const { chromiumless } = await import("./browserless.mjs");
  const signedIn = await connection.signIn(ui({ openBrowser: async (url) => { void chromiumless(url); } }),
    { method: "browser", provider: "practice" });
  assert.equal(signedIn.facts.user, USER);
});

test("an abort ends every call soon", async () => {
  const connection = memoryHost().connection(native.url);
  const slow = await gateway("none");
  const other = memoryHost().connection(withToken(slow.url));
  await slow.faults({ kind: "delay", count: -1, value: 20_000 });
  const asks = [];
  const acts = {
    probe: (signal) => other.probe({ signal }),
    choose: (signal) => other.choose({ signal }),
    status: (signal) => other.status({ signal }),
    call: (signal) => other.call({ target: "/api/sessions", signal }),
    signIn: (signal) => connection.signIn(ui({
      ask: (_, context) => new Promise(() => { asks.push(context.signal); }),
    }), { method: "password", signal }),
    pasted: (signal) => connection.signIn(ui({ readPasted: () => new Promise(() => {}) }),
      { method: "paste", provider: "practice", signal }),
    browser: (signal) => connection.signIn(ui({ openBrowser: () => new Promise(() => {}) }),
      { method: "browser", provider: "practice", signal }),
    doctor: (signal) => other.doctor({ signal }),
  };
  for (const [name, act] of Object.entries(acts)) {
    const controller = new AbortController();
    const began = Date.now();
    setTimeout(() => controller.abort(new Error("enough")), 150);
    await assert.rejects(act(controller.signal), { name: "AbortError" }, name);
    assert.ok(Date.now() - began < 20_000, `${name} took ${Date.now() - began} ms`);
    await assert.rejects(act(AbortSignal.abort()), (error) => error.name === "AbortError", `${name}, at once`);
  }
  await until(() => asks[0].aborted, "the question is told that it is not wanted");
});

const soon = (promise) => Promise.race([promise.then(() => "resolved", (error) => error),
  new Promise((resolve) => setTimeout(resolve, 4000, "still waiting").unref())]);

test("an abort does not wait for a function of the app that never answers", async () => {
  const kept = new Map();
  const withStore = (more) => memoryHost({ sessions: { load: (key) => kept.get(key.url),
    save: (key, session) => kept.set(key.url, session), erase: (key) => kept.delete(key.url), ...more } }).connection(native.url);
  await withStore().signIn(ui(), { method: "password" });
  let release; // An operation that goes on would keep this process.
  const ended = new Promise((resolve) => { release = resolve; });
  const never = () => ended;
  const errors = await Promise.all([
    (signal) => withStore({ load: never }).call({ target: "/api/sessions", signal }),
    (signal) => withStore({ save: never }).signIn(ui(), { method: "password", signal }),
    (signal) => withStore({ erase: never }).signOut({ signal }),
  ].map((act) => soon(act(AbortSignal.timeout(200)))));
  release();
  for (const error of errors) {
    assert.equal(error.name, "AbortError", String(error));
    assert.equal(error.outcomeUnknown, true);
  }
});

test("an abort does not wait for other operations", async () => {
  const hole = net.createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(hole, "listening");
  const ending = Array.from({ length: 40 }, () => new AbortController());
  const lost = memoryHost().connection(`http://127.0.0.1:${hole.address().port}`);
  const others = Promise.allSettled(ending.map(({ signal }) => lost.status({ signal })));
  const last = memoryHost().connection(withToken(none.url)).status({ signal: AbortSignal.timeout(100) });
  const error = await soon(last);
  for (const one of ending) one.abort();
  hole.close();
  await others;
  assert.equal(error.name, "AbortError");
});

test("an error names its layer and what to do, and is JSON", async () => {
  const connection = memoryHost().connection({ url: "http://127.0.0.1:1" });
  const error = await connection.probe().then(() => null, (thrown) => thrown);
  assert.equal(error.layer, "tcp");
  assert.equal(error.code, "PINTLE_TCP");
  assert.equal(error.retry, true);
  assert.ok(error.stack.includes("connection"));
  assert.equal(JSON.parse(JSON.stringify(error)).layer, "tcp");
  assert.throws(() => pintle.open("no-such-name"), (thrown) => thrown instanceof PintleError && thrown.layer === "config");
});

test("no secret is shown by what is printed", async () => {
  const options = { url: none.url, inputs: { token: { secret: TOKEN } } };
  const connection = memoryHost().connection(options);
  const live = connection.live();
  await live.ready();
  const url = await connection.wsUrl();
  const response = await connection.call("/api/sessions");
  for (const value of [connection, live, url, response, { connection, live, url }]) {
    for (const text of [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value) ?? "", String(value)]) {
      assert.ok(!text.includes(TOKEN), text);
    }
  }
  live.destroy();
});

test("wrong arguments are a TypeError with the option's name and not its value", async () => {
  const host = memoryHost();
  const connection = host.connection(withToken(none.url));
  const wrong = [
    () => new Host(5), () => new Host({ sessions: "disk" }), () => new Host({ pluginFolders: "x" }),
    () => new Host({ cage: "sometimes" }), () => new Host({ nonsense: 1 }), () => new Host({ log: { level: "loud", hook() {} } }),
    () => new Host({ sessions: { load() {} } }), () => new Host({ pins: { token: 5 } }),
    () => host.connection(), () => host.connection(null), () => host.connection(7), () => host.connection({}),
    () => host.connection({ url: 5 }), () => host.connection({ url: none.url, inputs: { token: TOKEN } }),
    () => host.connection({ url: none.url, inputs: { token: { secret: 5 } } }),
    () => host.connection({ url: none.url, inputs: { token: { file: "x", secret: TOKEN } } }),
    () => host.connection({ url: none.url, inputs: { token: { callback: TOKEN } } }),
    () => connection.live({ path: 5 }), () => connection.live("x"), () => connection.live({ content: "xml" }),
    () => connection.probe({ signal: "x" }), () => connection.probe(5), () => connection.call(), () => connection.call({}),
    () => connection.call({ target: 5 }), () => connection.call({ target: "/x", body: 5 }),
    () => connection.call({ target: "/x", headers: { a: 1 } }), () => connection.call({ target: "/x", headers: [["a"]] }),
    () => connection.signIn({ ask: 5 }), () => connection.signIn(5), () => connection.signIn({}, { method: 5 }),
    () => connection.wsUrl({ path: 5 }), () => host.doctor(5), () => connection.call({ target: "/x", json: () => 1 }),
  ];
  for (const act of wrong) {
    await assert.rejects(async () => act(), (error) => {
      assert.ok(error instanceof TypeError || error instanceof RangeError, `${act}: ${error}`);
      assert.ok(!error.message.includes(TOKEN), error.message);
      return true;
    }, String(act));
  }
  // The prototypes of one class do not take another's object.
  for (const act of [() => Connection.prototype.probe.call({}), () => Connection.prototype.close.call(host),
    () => pintle.Live.prototype.send.call(connection, "x")]) {
    await assert.rejects(async () => act(), TypeError);
  }
});

test("a name that every object has is no option", async () => {
  const host = memoryHost();
  for (const [act, says] of [
    [() => new Host({ cage: "constructor" }), /^host.cage must be one of third-party/],
    [() => new Host({ log: { level: "valueOf", hook() {} } }), /^host.log.level must be one of error/],
    [() => host.connection(none.url).live({ content: "toString" }), /^live.content must be one of json-rpc/],
    [() => host.connection({ url: none.url, inputs: { token: { constructor: "x" } } }), /^connection.inputs.token must be one of/],
  ]) assert.throws(act, (error) => error instanceof TypeError && says.test(error.message), String(act));
});

test("what is closed says so", async () => {
  const host = memoryHost();
  const connection = host.connection(withToken(none.url));
  connection.close();
  connection.close();
  await assert.rejects(connection.call("/api/sessions"), /the connection is closed/);
  assert.throws(() => connection.live(), /the connection is closed/);
  assert.throws(() => connection.counters(), /the connection is closed/);
  host.close();
  assert.throws(() => host.connection(none.url), /the host is closed/);
});

test("a host and a connection may be closed while they are used", async () => {
  const host = memoryHost();
  const connection = host.connection(withToken(none.url));
  const response = connection.call("/api/sessions");
  connection.close();
  host.close();
  assert.equal((await response).status, 200);
});

test("sessions are in the app's own store", async () => {
  const kept = new Map();
  const name = (key) => `${key.connection}|${key.url}|${key.scheme}`;
  const store = {
    async load(key) { return kept.get(name(key)); },
    async save(key, session) { kept.set(name(key), Buffer.from(session)); },
    async erase(key) { kept.delete(name(key)); },
  };
  const host = memoryHost({ sessions: store });
  const connection = host.connection(native.url);
  await connection.signIn(ui(), { method: "password" });
  assert.equal(kept.size, 1);
  const again = memoryHost({ sessions: store }).connection(native.url);
  assert.equal((await again.call("/api/sessions")).status, 200);
  await again.signOut();
  assert.equal(kept.size, 0);
  const asMap = { load: (key) => kept.get(name(key)), save: (key, session) => kept.set(name(key), session),
    erase: (key) => kept.delete(name(key)) };
  const mapped = memoryHost({ sessions: asMap }).connection(native.url);
  assert.equal((await mapped.signIn(ui(), { method: "password" })).storeTrouble, undefined);
  await mapped.signOut();
  assert.equal(kept.size, 0);
  const broken = memoryHost({ sessions: { ...store, save: async () => { throw new Error("disk full"); } } });
  const signedIn = await broken.connection(native.url).signIn(ui(), { method: "password" });
  assert.ok(signedIn.storeTrouble, "it is in memory only");
});

test("the log hook is told what happens, and no secret", async () => {
  const records = [];
  const host = memoryHost({ log: { level: "trace", hook: (record) => records.push(record) } });
  const connection = host.connection(withToken(none.url));
  await connection.call("/api/sessions");
  await until(() => records.some(({ event }) => event === "exchange_finished"), "a record of the exchange");
  const record = records.find(({ event, fields }) => event === "exchange_finished" && fields.path === "/api/sessions");
  assert.equal(record.area, "http");
  assert.equal(record.fields.status, 200);
  assert.equal(typeof record.fields.total_ms, "number");
  assert.ok(!JSON.stringify(records).includes(TOKEN));
});

test("the doctor names the step that fails", async () => {
  const good = await memoryHost().connection(withToken(none.url)).doctor();
  assert.equal(good.ok, true);
  const bad = await memoryHost().doctor({ url: "http://127.0.0.1:1" });
  assert.equal(bad.failed, "tcp");
  assert.ok(bad.steps.find(({ id }) => id === "tcp").failure instanceof PintleError);
  assert.match(bad.report, /tcp/);
  assert.ok(!good.report.includes(TOKEN));
});

test("many operations at once", async () => {
  const connection = memoryHost().connection(withToken(none.url));
  const all = await Promise.all(Array.from({ length: 300 }, (_, i) => i % 3 ? connection.call("/api/sessions") : connection.status()));
  assert.equal(all.length, 300);
});

test("a saved connection is opened by its name", async () => {
  const { execFileSync } = await import("node:child_process");
  execFileSync(process.env.PINTLE, ["add", "home", none.url, "--token-file", tokenFile]);
  assert.ok(fs.existsSync(path.join(folder, "config/pintle/connections.json")));
  assert.equal((await pintle.open("home").call("/api/sessions")).status, 200);
  const live = pintle.connect("home");
  await live.ready();
  await live.close();
});
