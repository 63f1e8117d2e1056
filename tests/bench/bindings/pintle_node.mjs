#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Pintle's Node package (PINTLE_NODE_PACKAGE: its folder): see measure.mjs.

import { once } from "node:events";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Arrivals, checkAnswer, Laps, main, many, MESSAGE, PARAMS, Rest } from "./measure.mjs";

const folder = process.env.PINTLE_NODE_PACKAGE ??
  fileURLToPath(new URL("../../../build/node/addon/package", import.meta.url));
const { Host } = await import(pathToFileURL(path.join(folder, "index.mjs")).href);

const open = (url, tokenFile) => new Host({ sessions: "memory" })
  .connection({ url, scheme: "token", inputs: { token: { file: tokenFile } } });
async function ready(url, tokenFile, path, content = "messages") {
  const live = open(url, tokenFile).live({ path, content, reconnect: false });
  await live.ready();
  return live;
}

await main({
  async echo(url, tokenFile, count) {
    const live = await ready(url, tokenFile, "/echo");
    const laps = new Laps();
    live.send(MESSAGE);
    live.on("message", ({ data }) => {
      if (data.length !== MESSAGE.length) throw new Error("not what was sent");
      laps.lap();
      if (laps.times.length < count) live.send(MESSAGE);
      else void live.close();
    });
    await once(live, "closed");
    return laps.result();
  },

  async rpc(url, tokenFile, count) {
    const live = await ready(url, tokenFile, "/api/ws", "json-rpc");
    const laps = new Laps();
    for (let i = 0; i < count; ++i) {
      checkAnswer(await live.rpc("echo", PARAMS));
      laps.lap();
    }
    await live.close();
    return laps.result();
  },

  async "rpc-many"(url, tokenFile, count) {
    const live = await ready(url, tokenFile, "/api/ws", "json-rpc");
    const result = await many(count, () => live.rpc("echo", PARAMS));
    await live.close();
    return result;
  },

  async events(url, tokenFile, count) {
    const arrivals = new Arrivals(count);
    const live = open(url, tokenFile)
      .live({ path: "/events", query: { count: String(count) }, content: "json-rpc", reconnect: false });
    let left = count;
    for await (const event of live) {
      if (!event.payload.text) throw new Error("no text");
      if (--left === 0) break;
    }
    const result = arrivals.result();
    await live.close();
    return result;
  },

  async hold(url, tokenFile, count) {
    const connection = open(url, tokenFile);
    const rest = new Rest();
    const held = Array.from({ length: count }, () => connection.live({ path: "/idle", content: "messages" }));
    await Promise.all(held.map((live) => live.ready()));
    const result = await rest.result(count);
    await Promise.all(held.map((live) => live.close()));
    return result;
  },
});
