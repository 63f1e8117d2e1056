// SPDX-License-Identifier: Apache-2.0
//
// node pack.mjs PACKAGE LIBEXEC OUT: makes OUT/pintle-VERSION.tgz of a built package (CMakeLists.txt), with
// the library itself in the place of the link, and with the helper programs of the folder LIBEXEC where the
// library looks for them. Prints the path of the archive.

import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const [built, programs, out] = process.argv.slice(2).map((folder) => path.resolve(folder));
if (!out) {
  console.error("usage: node pack.mjs PACKAGE LIBEXEC OUT");
  process.exit(2);
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pintle-pack-"));
try {
  fs.cpSync(built, folder, { recursive: true, dereference: true });
  const helpers = path.join(folder, "libexec/pintle");
  fs.mkdirSync(helpers, { recursive: true });
  const binaries = [path.join(folder, "native/pintle.node"), path.join(folder, "native/libpintle.so.0")];
  for (const name of ["pintle-load-check", "pintle-cage"]) {
    fs.copyFileSync(path.join(programs, name), path.join(helpers, name));
    fs.chmodSync(path.join(helpers, name), 0o755);
    binaries.push(path.join(helpers, name));
  }
  for (const file of binaries) spawnSync("strip", ["--strip-unneeded", file]); // if there is one

  const file = path.join(folder, "package.json");
  const { devDependencies, ...kept } = JSON.parse(fs.readFileSync(file, "utf8"));
  fs.writeFileSync(file, `${JSON.stringify({ ...kept, cpu: [process.arch] }, null, 2)}\n`);
  fs.mkdirSync(out, { recursive: true });
  const [{ filename }] = JSON.parse(execFileSync("npm",
    ["pack", "--json", "--ignore-scripts", "--offline", "--pack-destination", out], { cwd: folder, encoding: "utf8" }));
  console.log(path.join(out, filename));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
