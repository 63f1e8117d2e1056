// SPDX-License-Identifier: Apache-2.0
// A program for a terminal: signs its user in if it must, sends a request, and prints events.
//
//     node main.mjs URL|NAME [METHOD [PARAMS]]
import readline from "node:readline/promises";
import { Writable } from "node:stream";
import { open, PintleError } from "pintle";

const [gateway, method = "session.list", params = "{}"] = process.argv.slice(2);
if (!gateway) {
  console.error("usage: node main.mjs URL|NAME [METHOD [PARAMS]]");
  process.exit(2);
}
const ending = new AbortController();
process.once("SIGINT", () => ending.abort());

const hidden = new Writable({ write: (_text, _encoding, done) => done() });
/** What the sign-in asks the user for. */
const ui = {
  showMessage: (text) => console.log(text),
  async ask({ label, secret }, { signal }) {
    if (secret) process.stdout.write(`${label}: `);
    const input = readline.createInterface({
      input: process.stdin, output: secret ? hidden : process.stdout, terminal: process.stdin.isTTY,
    });
    try {
      return await input.question(secret ? "" : `${label}: `, { signal });
    } finally {
      input.close();
      if (secret) process.stdout.write("\n");
    }
  },
};

try {
  const connection = open(gateway);
  const { credential, gateway: version } = await connection.status({ signal: ending.signal });
  console.log(`gateway ${version}`);
  if (!credential) await connection.signIn(ui, { signal: ending.signal });

  const live = connection.live();
  live.on("state", ({ name, error, waitMs }) => console.log(name, error?.message ?? "", waitMs ? `${waitMs} ms` : ""));
  ending.signal.addEventListener("abort", () => { void live.close(); });
  const events = live.events();
  console.log(await live.rpc(method, JSON.parse(params), { signal: ending.signal }));
  for await (const event of events) console.log(event.type, event.payload);
} catch (error) {
  if (!(error instanceof PintleError)) throw error;
  if (!error.cancelled) console.error(`${error.message}\n${error.hint}`);
  process.exitCode = error.cancelled ? 130 : 1;
}
