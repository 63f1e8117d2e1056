// SPDX-License-Identifier: Apache-2.0
//
// Processes and workers that end with open connections, and objects that are forgotten.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { gateway, run } from "./support.mjs";

const none = await gateway("none");
const native = await gateway("native");
// Takes connections and says nothing.
const silent = net.createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1").unref();
await once(silent, "listening");

// What each script may use: `hold(count)` opens connections, `busy` are operations without end.
const prelude = `
  import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
  import { once } from "node:events";
  import { fileURLToPath } from "node:url";
  const url = "${none.url}", signInUrl = "${native.url}", silentUrl = "http://127.0.0.1:${silent.address().port}";
  const options = { url, inputs: { token: { file: process.env.TOKEN_FILE } } };
  const make = () => new Host({ sessions: "memory", bundledOnly: true });
  const hold = async (count) => {
    const connection = make().connection(options);
    const all = Array.from({ length: count }, () => connection.live());
    await Promise.all(all.map((live) => live.ready()));
    return all;
  };
  const busy = (live) => {
    live.rpc("echo", { delay_ms: 60000 }).catch(() => {});
    live.rpc("emit", { count: 100000, size: 100, delay_ms: 1 }).catch(() => {});
    const never = new Promise(() => {});
    make().connection({ url, inputs: { token: { callback: () => never } } }).call("/api/sessions").catch(() => {});
    make().connection(signInUrl).signIn({ ask: () => never }, { method: "password" }).catch(() => {});
    make().connection(signInUrl).signIn({ openBrowser: () => never }, { method: "browser", provider: "practice" }).catch(() => {});
    make().connection({ url: silentUrl }).probe().catch(() => {});
    make().connection({ url: silentUrl }).status().catch(() => {});
    make().doctor({ url: silentUrl }).catch(() => {});
    make().connection({ url: silentUrl }).live();
  };
  const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`;

async function check(script, { code = 0, args, seconds, says } = {}) {
  const began = Date.now();
  const ended = await run(prelude + script, { args, seconds });
  assert.equal(ended.signal, null, `ended by ${ended.signal} after ${Date.now() - began} ms: ${ended.output}`);
  assert.equal(ended.code, code, ended.output);
  if (says) assert.match(ended.output, says);
  return ended;
}

test("process.exit with open connections and operations in progress", () => check(`
  const [live] = await hold(20);
  busy(live);
  await later(200);
  process.exit(7);`, { code: 7 }));

test("an exception that nobody catches ends the process as ever", () => check(`
  const [live] = await hold(5);
  busy(live);
  await later(100);
  throw new Error("by the app");`, { code: 1, says: /by the app/ }));

test("a process that has let go of everything ends by itself", () => check(`
  const all = await hold(5);
  await all[0].rpc("time");
  await Promise.all(all.map((live) => live.close()));`));

test("an open connection keeps the process, unless it is unref'ed", async () => {
  await check(`
    const [live] = await hold(1);
    setTimeout(() => process.exit(5), 800).unref();`, { code: 5 });
  await check(`
    const [live] = await hold(1);
    live.unref(); live.unref(); live.ref(); live.unref();
    setTimeout(() => process.exit(5), 3000).unref();`);
});

test("a handler of the exit event may still call", () => check(`
  const [live] = await hold(1);
  process.on("exit", () => {
    try { live.send("x"); } catch { }
    try { live.destroy(); } catch { }
    try { make(); } catch { }
    live.rpc("time").catch(() => {});
  });
  process.exit(3);`, { code: 3 }));

const worker = (body, after) => `
  if (isMainThread) {
    const start = () => new Worker(fileURLToPath(import.meta.url));
    ${after}
  } else {
    ${body}
  }`;
const inWorker = `const [live] = await hold(20); busy(live); await later(100); parentPort.postMessage("ready"); await later(60000);`;

test("a worker is terminated with open connections", () => check(worker(inWorker, `
  for (let i = 0; i < 3; ++i) {
    const one = start();
    await once(one, "message");
    await one.terminate();
  }`)));

test("a worker is terminated while it runs JavaScript without end", () => check(worker(`
  const [live] = await hold(5);
  live.on("event", () => {});
  live.rpc("emit", { count: 100000, size: 100 }).catch(() => {});
  await later(50);
  parentPort.postMessage("ready");
  for (;;) { }`, `
  const one = start();
  await once(one, "message");
  await one.terminate();`)));

test("two environments at once, and one goes on when the other ends", () => check(worker(inWorker, `
  const [live] = await hold(1);
  const workers = [start(), start()];
  await Promise.all(workers.map((one) => once(one, "message")));
  await workers[0].terminate();
  await live.rpc("echo", { n: 1 });
  await workers[1].terminate();
  if ((await live.rpc("echo", { n: 2 })).n !== 2) process.exit(9);
  await live.close();`)));

test("process.exit in a worker, and in the main thread with workers", async () => {
  await check(worker(`const [live] = await hold(5); busy(live); await later(100); process.exit(4);`, `
    const one = start();
    const [code] = await once(one, "exit");
    process.exitCode = code;`), { code: 4 });
  await check(worker(inWorker, `
    const one = start();
    await once(one, "message");
    process.exit(6);`), { code: 6 });
});

test("forgotten handles are let go, and no memory stays", () => check(`
  const collect = async () => { for (let i = 0; i < 5; ++i) { gc(); await later(20); } };
  let gone = 0;
  const registry = new FinalizationRegistry(() => { ++gone; });
  const round = async (count) => {
    for (let i = 0; i < count; ++i) {
      const host = make();
      const connection = host.connection({ url, inputs: { token: { callback: () => "practice-token-of-forty-characters-abcdef" } } });
      registry.register(host);
      registry.register(connection);
      if (i % 10 === 0) {
        await connection.call("/api/sessions");
        const live = connection.live();
        registry.register(live);
        await live.ready();
        live.destroy();
      }
    }
  };
  await round(100);
  await collect();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 5; ++i) { await round(100); await collect(); }
  if (gone < 1200) { console.log("only", gone); process.exit(8); }
  const grown = (process.memoryUsage().rss - before) / 1e6;
  console.log("grown by", grown, "MB");
  if (grown > 40) process.exit(9);`, { args: ["--expose-gc"], seconds: 40 }));

test("an open connection that the app has forgotten still gets its events", () => check(`
  (await hold(1))[0].on("event", () => process.exit(5)).rpc("emit", { count: 1, delay_ms: 300 });
  for (let i = 0; i < 10; ++i) { gc(); await later(20); }`, { args: ["--expose-gc"], code: 5 }));

test("1,000 connections with one I/O thread", () => check(`
  import fs from "node:fs";
  const threads = () => fs.readdirSync("/proc/self/task").length;
  const names = () => fs.readdirSync("/proc/self/task").map((id) => fs.readFileSync("/proc/self/task/" + id + "/comm", "utf8").trim());
  await hold(1);
  const before = threads();
  const all = await hold(999);
  await later(300);
  console.log(before, threads(), names().join(" "));
  const answers = await Promise.all(all.map((live, n) => live.rpc("echo", { n })));
  if (!answers.every(({ n }, i) => n === i)) process.exit(8);
  process.exit(threads() < 60 ? 0 : 9);`, { seconds: 40 }));
