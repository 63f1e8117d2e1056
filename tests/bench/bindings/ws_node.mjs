#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// ws, as its documentation shows it, without compression: see measure.mjs. WS_MODULES: the folder
// node_modules with it; else that of `./dev node`, or Debian's node-ws.

import { once } from "node:events";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Arrivals, checkAnswer, Laps, main, many, MESSAGE, PARAMS, Rest, websocketUrl } from "./measure.mjs";

const own = fileURLToPath(new URL("../../../build/modules/host/bindings/node/node_modules", import.meta.url));
const modules = process.env.WS_MODULES ?? (fs.existsSync(own) ? own : "/usr/share/nodejs");
const WebSocket = createRequire(path.join(modules, "_.js"))(path.join(modules, "ws"));

const dial = (url, path, tokenFile) =>
  new WebSocket(websocketUrl(url, path, tokenFile), { perMessageDeflate: false });

/** The least that a program needs: answers matched by id, events aside. */
class Rpc {
  waiting = new Map();
  last = 0;

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (text) => {
      const message = JSON.parse(text);
      const waits = this.waiting.get(message.id);
      if (!waits) return;
      this.waiting.delete(message.id);
      clearTimeout(waits.timer);
      if (message.error) waits.reject(new Error(message.error.message));
      else waits.resolve(message.result);
    });
  }

  call(method, params) {
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error("no answer in time"));
      }, 60_000);
      this.waiting.set(id, { resolve, reject, timer });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }
}

async function close(socket) {
  socket.close();
  await once(socket, "close");
}

await main({
  async echo(url, tokenFile, count) {
    const socket = dial(url, "/echo", tokenFile);
    await once(socket, "open");
    const laps = new Laps();
    socket.send(MESSAGE);
    socket.on("message", (data) => {
      const text = data.toString();
      if (text.length !== MESSAGE.length) throw new Error("not what was sent");
      laps.lap();
      if (laps.times.length < count) socket.send(MESSAGE);
      else socket.close();
    });
    await once(socket, "close");
    return laps.result();
  },

  async rpc(url, tokenFile, count) {
    const socket = dial(url, "/api/ws", tokenFile);
    await once(socket, "open");
    const client = new Rpc(socket);
    const laps = new Laps();
    for (let i = 0; i < count; ++i) {
      checkAnswer(await client.call("echo", PARAMS));
      laps.lap();
    }
    await close(socket);
    return laps.result();
  },

  async "rpc-many"(url, tokenFile, count) {
    const socket = dial(url, "/api/ws", tokenFile);
    await once(socket, "open");
    const client = new Rpc(socket);
    const result = await many(count, () => client.call("echo", PARAMS));
    await close(socket);
    return result;
  },

  async events(url, tokenFile, count) {
    const arrivals = new Arrivals(count);
    const socket = dial(url, `/events?count=${count}`, tokenFile);
    let left = count;
    await new Promise((resolve) => {
      socket.on("message", (text) => {
        const message = JSON.parse(text);
        if (message.params.type === "gateway.ready") return;
        if (!message.params.payload.text) throw new Error("no text");
        if (--left === 0) resolve();
      });
    });
    const result = arrivals.result();
    socket.terminate();
    return result;
  },

  async hold(url, tokenFile, count) {
    const rest = new Rest();
    const held = [];
    for (let begin = 0; begin < count; begin += 100) { // more at a time are refused by a server's backlog
      const some = Array.from({ length: Math.min(100, count - begin) }, () => dial(url, "/idle", tokenFile));
      await Promise.all(some.map((socket) => once(socket, "open")));
      held.push(...some);
    }
    const result = await rest.result(count);
    await Promise.all(held.map(close));
    return result;
  },
});
