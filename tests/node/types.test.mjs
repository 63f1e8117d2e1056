// SPDX-License-Identifier: Apache-2.0
//
// The types: what an app writes compiles, and what is wrong does not; and they name what there is.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { folder, memoryHost, pintle, PINTLE_NODE_MODULES, PINTLE_NODE_PACKAGE, PINTLE_SOURCE } from "./support.mjs";

test("an app in TypeScript compiles with --strict", () => {
  const home = path.join(folder, "types");
  fs.mkdirSync(path.join(home, "node_modules"), { recursive: true });
  fs.symlinkSync(PINTLE_NODE_PACKAGE, path.join(home, "node_modules/pintle"));
  for (const name of ["@types", "undici-types"]) {
    fs.symlinkSync(path.join(PINTLE_NODE_MODULES, name), path.join(home, "node_modules", name));
  }
  fs.copyFileSync(path.join(PINTLE_SOURCE, "tests/node/types_test.mts"), path.join(home, "app.mts"));
  const { status, stdout } = spawnSync(process.execPath, [path.join(PINTLE_NODE_MODULES, "typescript/bin/tsc"),
    "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,esnext.disposable", "--types", "node",
    "--skipLibCheck", "false", "app.mts"], { cwd: home, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});

test("what the types name exists, and nothing else is exported", () => {
  const declared = fs.readFileSync(path.join(PINTLE_NODE_PACKAGE, "index.d.ts"), "utf8");
  const named = [...declared.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), Object.keys(pintle).sort());
  for (const [, name, body] of declared.matchAll(/^export class (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)) {
    const members = [...body.matchAll(/^  (\w+)(?:<[^>]*>)?\(/gm)].map(([, member]) => member)
      .filter((member) => member !== "constructor" && member !== "private");
    for (const member of members) assert.equal(typeof pintle[name].prototype[member], "function", `${name}.${member}`);
  }
  assert.deepEqual(Object.keys(memoryHost().connection("http://127.0.0.1:1").counters()).sort(),
    [.../interface Counters \{([\s\S]*?)^\}/m.exec(declared)[1].matchAll(/^  (\w+):/gm)].map(([, name]) => name).sort());
});
