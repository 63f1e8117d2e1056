// SPDX-License-Identifier: Apache-2.0
//
// The package under test, and practice gateways for it.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { after } from "node:test";
import { pathToFileURL } from "node:url";

export { sleep, until } from "../support/until.mjs";

export const { PINTLE, PINTLE_NODE_PACKAGE, PINTLE_NODE_MODULES, PINTLE_SOURCE } = process.env;
export const packageUrl = pathToFileURL(path.join(PINTLE_NODE_PACKAGE, "index.mjs")).href;

export const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pintle-node-"));
// Nothing of this user's settings is read or written. Set before the library is loaded.
for (const name of ["CONFIG", "DATA", "STATE", "CACHE"]) {
  process.env[`XDG_${name}_HOME`] = path.join(folder, name.toLowerCase());
}
export const pintle = await import(packageUrl);

export const USER = "ada";
export const PASSWORD = "practice";
export const TOKEN = "practice-token-of-forty-characters-abcdef";
export const tokenFile = path.join(folder, "token");
fs.writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });

const cleanups = [];
export const cleanUp = (action) => cleanups.push(action);
after(async () => {
  for (const action of cleanups.reverse()) await action();
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A practice gateway: `await gateway("native", "--port", "4711")`. */
export async function gateway(gate = "none", ...more) {
  const args = ["practice", "--json", "--gate", gate, ...more];
  if (gate === "none") args.push("--token-file", tokenFile);
  const child = spawn(PINTLE, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  cleanUp(() => child.kill("SIGKILL"));
  const [line] = await Promise.race([
    new Promise((resolve) => readline.createInterface({ input: child.stdout }).once("line", (text) => resolve([text]))),
    ended.then((code) => { throw new Error(`pintle practice ended with ${code}`); }),
  ]);
  const { url, ca_file: caFile } = JSON.parse(line);
  const control = (name, body) => fetch(`${url}/practice/${name}`,
    { method: body === undefined ? "GET" : "POST", body: body === undefined ? undefined : JSON.stringify(body) });
  return {
    url, caFile, control, port: new URL(url).port,
    faults: (...list) => control("faults", list),
    // What drops all connections drops one that fetch has kept, too.
    requests: async () => (await (await control("request-log").catch(() => control("request-log"))).json()).requests,
    async stop(signal = "SIGTERM") { child.kill(signal); await ended; },
  };
}

export const memoryHost = (options) => new pintle.Host({ sessions: "memory", bundledOnly: true, ...options });
export const withToken = (url, more) => ({ url, inputs: { token: { file: tokenFile } }, ...more });
export const answers = { username: USER, password: PASSWORD, token: TOKEN };
/** A user who knows the password. */
export const ui = (more) => ({
  showMessage() {}, ask: async ({ key }) => answers[key], openBrowser: () => false, ...more,
});

/** Runs a script in a process of its own: its exit code and output, within `seconds`. */
export async function run(script, { env = {}, args = [], seconds = 20 } = {}) {
  const file = path.join(folder, `script-${Math.random().toString(36).slice(2)}.mjs`);
  fs.writeFileSync(file, `const { Host, open, connect, PintleError } = await import(${JSON.stringify(packageUrl)});\n${script}`);
  const child = spawn(process.execPath, [...args, file], {
    env: { ...process.env, TOKEN_FILE: tokenFile, NODE_OPTIONS: "", NODE_TEST_CONTEXT: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => { output += text; });
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const [code, signal] = await new Promise((resolve) => child.once("close", (...ended) => resolve(ended)));
  clearTimeout(timer);
  return { code, signal, output };
}
