// SPDX-License-Identifier: Apache-2.0
//
// What the subjects in Node share: PROGRAM WORKLOAD URL TOKEN_FILE COUNT prints one JSON line.
//
// echo      COUNT messages of 64 B to /echo and back, one after the other
// rpc       COUNT JSON-RPC requests "echo" on /api/ws, one after the other; the result is parsed
// rpc-many  the same with 64 in progress
// events    COUNT events from /events?count=COUNT, each parsed
// hold      COUNT connections to /idle: what they cost at rest

import fs from "node:fs";

export const MESSAGE = "x".repeat(64);
export const PARAMS = { session_id: "practice-1", text: "A question like any other", limit: 20 };
export const IN_PROGRESS = 64;
const REST_MS = 2000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function websocketUrl(url, path, tokenFile) {
  const token = fs.readFileSync(tokenFile, "utf8").trim();
  return `${url.replace("http", "ws")}${path}${path.includes("?") ? "&" : "?"}token=${token}`;
}

export function checkAnswer(answer) {
  if (answer.limit !== PARAMS.limit || answer.text !== PARAMS.text) throw new Error("not what was sent");
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function ofProcess(name) {
  const line = fs.readFileSync("/proc/self/status", "utf8").split("\n").find((one) => one.startsWith(`${name}:`));
  return Number.parseInt(line.slice(name.length + 1), 10);
}

/** Counts round trips, with the time of each. */
export class Laps {
  times = [];
  cpu = cpuSeconds();
  begin = performance.now();
  last = this.begin;

  lap(since = this.last) {
    this.last = performance.now();
    this.times.push(this.last - since);
  }

  result() {
    const ordered = this.times.toSorted ? this.times.toSorted((a, b) => a - b) : [...this.times].sort((a, b) => a - b);
    const at = (part) => Math.round(1e4 * ordered[Math.min(ordered.length - 1, Math.floor(part * ordered.length))]) / 10;
    return { count: ordered.length, seconds: (this.last - this.begin) / 1000, cpu_seconds: cpuSeconds() - this.cpu,
      p50_us: at(0.5), p99_us: at(0.99) };
  }
}

/** Counts what comes, without the time of each. */
export class Arrivals {
  cpu = cpuSeconds();
  begin = performance.now();

  constructor(count) {
    this.count = count;
  }

  result() {
    return { count: this.count, seconds: (performance.now() - this.begin) / 1000,
      cpu_seconds: cpuSeconds() - this.cpu, p50_us: null, p99_us: null };
  }
}

/** What connections cost: memory from here to `result`, then CPU while nothing happens. */
export class Rest {
  memory = ofProcess("VmRSS");

  async result(count) {
    const memory = ofProcess("VmRSS") - this.memory;
    const cpu = cpuSeconds();
    const begin = performance.now();
    await sleep(REST_MS);
    return { count, seconds: (performance.now() - begin) / 1000, cpu_seconds: cpuSeconds() - cpu, p50_us: null,
      p99_us: null, kib_each: Math.round(10 * memory / count) / 10, threads: ofProcess("Threads") };
  }
}

/** Calls `ask()` count times, `IN_PROGRESS` at a time. */
export async function many(count, ask) {
  const laps = new Laps();
  let left = count;
  await Promise.all(Array.from({ length: IN_PROGRESS }, async () => {
    while (left-- > 0) {
      const begin = performance.now();
      checkAnswer(await ask());
      laps.lap(begin);
    }
  }));
  return laps.result();
}

export async function main(workloads) {
  const [workload, url, tokenFile, count] = process.argv.slice(2);
  if (process.argv.length !== 6 || !workloads[workload]) {
    console.error(`usage: ${process.argv[1]} ${Object.keys(workloads).join("|")} URL TOKEN_FILE COUNT`);
    process.exit(2);
  }
  console.log(JSON.stringify(await workloads[workload](url, tokenFile, Number(count))));
}
