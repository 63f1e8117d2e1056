// SPDX-License-Identifier: Apache-2.0
//
// The archive of `./dev node`, made of this build: installed into an empty folder, it runs the first lines
// of its README and the example, and uses no library but its own.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  cleanUp, folder, gateway, PINTLE, PINTLE_NODE_PACKAGE, PINTLE_SOURCE, tokenFile, until,
} from "./support.mjs";

const none = await gateway("none");
execFileSync(PINTLE, ["add", "home", none.url, "--token-file", tokenFile]);
const home = path.join(folder, "app");

/** Runs a script in the app's folder until its output matches. */
async function runs(script, args, matches, { answers = {}, signal = "SIGINT" } = {}) {
  const child = spawn(process.execPath, [script, ...args], { cwd: home, stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, NODE_TEST_CONTEXT: "", NODE_OPTIONS: "" } });
  cleanUp(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += text;
      for (const [question, answer] of Object.entries(answers)) {
        if (output.endsWith(question)) child.stdin.write(answer);
      }
    });
  }
  const ended = new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
  await until(() => matches.test(output) || child.exitCode !== null, `${script} prints ${matches}: ${output}`);
  assert.match(output, matches);
  child.kill(signal);
  return { ended: await ended, output };
}

test("it is installed into an empty folder without a network or a compiler", () => {
  fs.mkdirSync(home);
  const archive = execFileSync(process.execPath, [path.join(PINTLE_SOURCE, "host/bindings/node/pack.mjs"),
    PINTLE_NODE_PACKAGE, process.env.PINTLE_LIBEXEC, folder], { encoding: "utf8" }).trim();
  fs.writeFileSync(path.join(home, "package.json"), '{ "type": "module" }');
  execFileSync("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", archive], { cwd: home });
  const installed = path.join(home, "node_modules/pintle");
  assert.deepEqual(fs.readdirSync(installed).sort(), ["README.md", "electron.d.ts", "electron.mjs", "index.d.ts",
    "index.mjs", "lib", "libexec", "native", "package.json"]);
  for (const name of ["libexec/pintle/pintle-load-check", "libexec/pintle/pintle-cage"]) {
    fs.accessSync(path.join(installed, name), fs.constants.X_OK);
  }
  assert.ok(fs.lstatSync(path.join(installed, "native/libpintle.so.0")).isFile());
});

test("the first lines of the README work", async () => {
  const readme = fs.readFileSync(path.join(PINTLE_SOURCE, "host/bindings/node/README.md"), "utf8");
  fs.writeFileSync(path.join(home, "readme.mjs"), /```js\n([\s\S]*?)```/.exec(readme)[1]);
  await runs("readme.mjs", [], /sessions: \[\]/);
});

test("it uses its own library", async () => {
  fs.writeFileSync(path.join(home, "maps.mjs"), `
    import fs from "node:fs";
    import { open } from "pintle";
    const connection = open("home");
    await connection.call("/api/sessions");
    const maps = fs.readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => /libpintle/.test(line));
    console.log([...new Set(maps.map((line) => line.replace(/.* /, "")))].join(" "));
    setInterval(() => {}, 1000);`);
  const { output } = await runs("maps.mjs", [], /libpintle/);
  assert.equal(output.trim(), path.join(fs.realpathSync(home), "node_modules/pintle/native/libpintle.so.0"));
});

test("the example signs in, sends a request and prints events", async () => {
  const source = path.join(PINTLE_SOURCE, "examples/embed-node/main.mjs");
  assert.ok(fs.readFileSync(source, "utf8").split("\n").length < 60);
  fs.copyFileSync(source, path.join(home, "main.mjs"));
  const saved = await runs("main.mjs", ["home", "emit", '{"count":2,"type":"hello"}'], /hello.*\n.*hello/);
  assert.deepEqual(saved.ended, [0, null], saved.output);
  const native = await gateway("native");
  const answers = { "(number or name): ": "1\n", "User name: ": "ada\n", "Password: ": "practice\n" };
  const signedIn = await runs("main.mjs", [native.url], /sessions: \[\]/, { answers });
  assert.deepEqual(signedIn.ended, [0, null], signedIn.output);
  assert.doesNotMatch(signedIn.output, /practice$/m);
  assert.equal((await runs("main.mjs", ["http://127.0.0.1:1"], /cannot connect|refused/, { signal: 0 })).ended[0], 1);
});
