// SPDX-License-Identifier: Apache-2.0
//
// Live connections: requests, events, losses, and an app that is slow or wrong.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { gateway, memoryHost, packageUrl, pintle, run, sleep, ui, until, withToken } from "./support.mjs";

const { PintleError, RpcError } = pintle;
const none = await gateway("none");
const connection = memoryHost().connection(withToken(none.url));

async function ready(options, from = connection) {
  const live = from.live({ initialBackoffMs: 20, ...options });
  await live.ready({ timeoutMs: 10_000 });
  return live;
}

test("requests are answered in any order, with any text", async () => {
  const live = await ready();
  const texts = ["", "plain", "Grüße", "😀 日本語 \u0000\"\\", "x".repeat(100_000), "ü".repeat(50_000), "😀".repeat(2048)];
  const answers = await Promise.all(texts.map((text, i) => live.rpc("echo", { text, delay_ms: (i % 3) * 20 })));
  assert.deepEqual(answers.map(({ text }) => text), texts);
  assert.deepEqual(await live.rpc("session.list"), { sessions: [] });
  await live.close();
  assert.equal(live.state, "closed");
});

test("an error response is an RpcError", async () => {
  const live = await ready();
  await assert.rejects(live.rpc("nope"), (error) => error instanceof RpcError && error.code === -32601 &&
    error.rpcMessage === "unknown method: nope");
  live.destroy();
});

test("events come by for await and to listeners, in order", async () => {
  const live = await ready();
  const heard = [];
  live.on("event", (event) => heard.push(event));
  const events = live.events();
  const { session_id: session } = await live.rpc("session.create");
  await live.rpc("emit", { count: 2000, size: 20, type: "tüp", session_id: session });
  await live.rpc("emit", { count: 1, size: 100_000 });
  const seen = [];
  for await (const event of events) {
    seen.push(event);
    if (seen.length === 2001) break;
  }
  assert.deepEqual(seen.slice(0, 2000).map(({ seq }) => seq), Array.from({ length: 2000 }, (_, i) => i + 1));
  assert.equal(seen[0].type, "tüp");
  assert.equal(seen[0].sessionId, session);
  assert.deepEqual(seen[0].payload, { data: "x".repeat(20) });
  assert.equal(seen[2000].payload.data.length, 100_000);
  assert.equal(heard.length, 2001);
  await live.close();
});

test("states are told, and ready() waits for one", async () => {
  const states = [];
  const live = connection.live({ initialBackoffMs: 20 });
  live.on("state", ({ name }) => states.push(name));
  await live.ready();
  assert.equal(live.lastState.greeting.skin.name, "practice");
  await none.control("drop-connections", {});
  await until(() => states.filter((name) => name === "ready").length === 2, "ready again");
  assert.ok(states.includes("waiting"));
  const closed = once(live, "closed");
  await live.close(1000, "done");
  await closed;
  assert.equal(states.at(-1), "closed");
  await assert.rejects(live.ready(), PintleError);
  await assert.rejects(live.rpc("echo", {}), /closed/);
  assert.throws(() => live.send("x"), /closed/);
  await live.close();
});

test("a gateway that dies in the middle of a request: the outcome is unknown, and it comes back", async () => {
  const other = await gateway("none");
  const live = await ready({}, memoryHost().connection(withToken(other.url)));
  const answer = assert.rejects(live.rpc("echo", { delay_ms: 60_000 }), (error) => error instanceof PintleError && error.outcomeUnknown);
  await sleep(100);
  await other.stop("SIGKILL");
  await answer;
  const waiting = live.rpc("echo", { n: 1 });
  await gateway("none", "--port", other.port);
  assert.deepEqual(await waiting, { n: 1 });
  await live.close();
});

test("a request that was not sent says so", async () => {
  const live = memoryHost().connection(withToken("http://127.0.0.1:1")).live();
  const answer = live.rpc("echo", {}, { timeoutMs: 100 });
  await assert.rejects(answer, (error) => error instanceof PintleError && !error.outcomeUnknown);
  const last = live.rpc("echo", {});
  live.destroy();
  await assert.rejects(last, PintleError);
});

test("without a credential the loop fails, and a sign-in lets it go on", async () => {
  const native = await gateway("native");
  const from = memoryHost().connection(native.url);
  const live = from.live();
  await assert.rejects(async () => { for await (const event of live) assert.fail(String(event)); },
    { layer: "gate", signInRequired: true });
  await assert.rejects(live.ready(), { signInRequired: true });
  await from.signIn(ui(), { method: "password" });
  await live.ready();
  assert.ok(await live.rpc("time"));
  await live.close();
  assert.equal(from.counters().ticketsMinted, 1);
});

test("an abort ends the wait for an answer and for ready", async () => {
  const live = await ready();
  const controller = new AbortController();
  const answer = live.rpc("echo", { delay_ms: 60_000 }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(answer, { name: "AbortError", cancelled: true, outcomeUnknown: true });
  await assert.rejects(live.rpc("echo", {}, { signal: controller.signal }), { name: "AbortError" });
  live.destroy();
  const lost = memoryHost().connection(withToken("http://127.0.0.1:1")).live();
  await assert.rejects(lost.ready({ signal: AbortSignal.timeout(50) }), { name: "AbortError" });
  await assert.rejects(lost.ready({ timeoutMs: 50 }), { layer: "tcp" });
  // More than a timer of Node takes.
  assert.equal(await Promise.race([lost.ready({ timeoutMs: 2 ** 31 }).catch(() => "over"), sleep(100)]), undefined);
  lost.destroy();
});

test("messages of any content, text and bytes", async () => {
  const live = await ready({ content: "messages" });
  const [first] = await Promise.all([once(live, "message"),
    live.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "echo", params: { a: "ü" } }))]);
  assert.equal(first[0].isText, true);
  assert.deepEqual(JSON.parse(first[0].data).result, { a: "ü" });
  assert.throws(() => live.send(5), TypeError);
  live.send(new Uint8Array([1, 2, 3]));
  live.send(Buffer.alloc(0));
  await live.close();
});

test("an app that does not take events stops the reading, and loses none", async () => {
  const live = await ready({ maxQueuedEvents: 100, maxReceiveQueueBytes: 256 * 1024 });
  const events = live.events();
  const count = 50_000;
  void live.rpc("emit", { count, size: 2000 });
  await sleep(1500);
  const received = connection.counters().bytesReceived;
  await sleep(300);
  const after = connection.counters().bytesReceived;
  assert.ok(after - received < 1_000_000, `${after - received} bytes more were read`);
  assert.ok(received < 60_000_000, `${received} bytes were read of 100 MB`);
  let left = count;
  for await (const event of events) {
    assert.equal(event.json.length, 2011);
    // A request within the loop is answered, though more events than the limit are before its answer.
    if (left === 1000) assert.deepEqual(await live.rpc("echo", { n: 2 }, { timeoutMs: 5000 }), { n: 2 });
    if (--left === 0) break;
  }
  await live.close();
});

test("what a listener throws is uncaught, and the connection goes on", async () => {
  const { code, output } = await run(`
    let thrown = 0;
    process.on("uncaughtException", (error) => { if (error.message === "a listener") ++thrown; });
    const live = new Host({ sessions: "memory" }).connection({ url: "${none.url}", inputs: { token: { file: process.env.TOKEN_FILE } } }).live();
    await live.ready();
    live.on("event", () => { throw new Error("a listener"); });
    live.on("state", () => { throw new Error("a listener"); });
    await live.rpc("emit", { count: 3 });
    await live.rpc("time");
    await live.close();
    process.exitCode = thrown === 4 ? 0 : 100 + thrown;`);
  assert.equal(code, 0, output);
});

test("a connection may be ended from within its own events", async () => {
  for (const end of ["destroy", "close"]) {
    const live = await ready();
    live.on("event", () => { void live[end](); });
    const answers = Promise.allSettled([live.rpc("emit", { count: 500 }), live.rpc("echo", { delay_ms: 5000 })]);
    await once(live, "closed");
    assert.equal((await answers)[1].status, "rejected");
  }
});

test("many are ended at once, with requests in progress", async () => {
  const all = await Promise.all(Array.from({ length: 1000 }, () => ready({ path: "/api/ws" })));
  const answers = all.map((live) => live.rpc("echo", { delay_ms: 30_000 }));
  const settled = Promise.allSettled(answers);
  const began = Date.now();
  all.slice(0, 500).forEach((live) => live.destroy());
  await Promise.all(all.slice(500).map((live) => live.close()));
  assert.ok((await settled).every(({ status }) => status === "rejected"));
  assert.ok(Date.now() - began < 10_000);
});

test("a broken gateway is an event, and no crash", async () => {
  const live = await ready();
  const malformed = once(live, "malformed");
  await none.faults({ kind: "ws_malformed" });
  live.rpc("time", undefined, { timeoutMs: 500 }).catch(() => {});
  assert.equal(typeof (await malformed)[0].text, "string");
  await none.faults({ kind: "ws_bad_frame" });
  const again = once(live, "ready");
  live.rpc("time", undefined, { timeoutMs: 500 }).catch(() => {});
  await again;
  await none.faults({ kind: "ws_echo" });
  const changed = once(live, "state");
  live.rpc("time", undefined, { timeoutMs: 500 }).catch(() => {});
  const [state] = await changed;
  assert.ok(!JSON.stringify(state).includes("practice-token"));
  await none.faults();
  live.destroy();
});

test("wrong arguments are a TypeError", async () => {
  const live = await ready();
  for (const act of [() => live.rpc(), () => live.rpc(5), () => live.rpc("x", 5), () => live.rpc("x", null),
    () => live.rpc("x", {}, { timeoutMs: "1" }), () => live.rpc("x", {}, { signal: 1 }), () => live.rpc("x", {}, { nope: 1 }),
    () => live.rpc("x", { big: 1n }), () => live.ready({ timeoutMs: -1 }), () => live.close("x"), () => live.close(2 ** 32 + 1000), () => live.close(1000, 5),
    () => live.events({ throwOnLatch: 1, nope: 2 })]) {
    await assert.rejects(async () => act(), (error) => error instanceof TypeError || error instanceof RangeError, String(act));
  }
  await assert.rejects(live.close(1005), { layer: "config" });
  const circular = {};
  circular.self = circular;
  await assert.rejects(live.rpc("x", circular), TypeError);
  live.destroy();
});

test("sessions are resumed after a loss", async () => {
  const live = await ready({ resume: true });
  const { session_id: session } = await live.rpc("session.create");
  const events = live.events();
  await live.rpc("emit", { count: 1, session_id: session });
  await events.next();
  const again = once(live, "ready");
  await none.control("drop-connections", {});
  await again;
  await live.rpc("emit", { count: 1, session_id: session });
  assert.equal((await events.next()).value.seq, 2);
  await live.close();
});

test("a result that is no JSON is an error of the protocol, and no text of it is shown", async () => {
  const { lives } = await import(packageUrl.replace("index.mjs", "lib/native.mjs"));
  const live = await ready();
  const answer = live.rpc("echo", { delay_ms: 60_000 });
  for (const id of [1, 2, 3]) [...lives.values()].at(-1).onResult(id, '["secret",]');
  await assert.rejects(answer, (error) => error instanceof PintleError && error.layer === "protocol" && !/secret/.test(error.message));
  live.destroy();
});

test("what cannot be parsed loses no event that follows", async () => {
  const { receive } = await import(packageUrl.replace("index.mjs", "lib/records.mjs"));
  const { recordOf } = await import(packageUrl.replace("index.mjs", "lib/live_records.mjs"));
  const wrong = "{";
  const kinds = [2, 4, 7, 1];
  const numbers = new Float64Array(12 * kinds.length);
  kinds.forEach((kind, i) => { numbers.set([kind, 0, 1, 0, 0, 3, 0, 1], 12 * i); numbers[12 * i + 11] = i; });
  const seen = [];
  receive({ onEvent: (event) => seen.push(event), onRecord: (record) => seen.push(recordOf(record)) },
    numbers, kinds.length, "abcd", kinds.map(() => wrong));
  assert.deepEqual(seen.map(({ kind }) => kind), ["event", "error", "notification", "state"]);
  assert.equal(seen[3].state.greeting, undefined);
  assert.throws(() => seen[0].payload, SyntaxError);
});
