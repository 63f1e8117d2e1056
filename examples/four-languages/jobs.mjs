// SPDX-License-Identifier: Apache-2.0
//
// The five jobs of docs/embed-in-four-languages.md in node: open, call, sign in, live, errors.
//
//     node jobs.mjs URL TOKEN_FILE GATED_URL
//
// GATED_URL is a gateway with users. Their name and password are lines of standard input.

import { createInterface } from "node:readline";
import { open, PintleError } from "pintle";

const [url, tokenFile, gatedUrl] = process.argv.slice(2);

async function call(connection) {
  //! [call]
  const response = await connection.call("/api/sessions");
  console.log(response.status, response.text());
  //! [call]
}

//! [sign-in]
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const terminal = {
  showMessage: (text) => console.log(text),
  ask: async (question) => {
    console.log(`${question.label}: `); // hide what is typed if question.secret
    return (await lines.next()).value;
  },
};

async function signIn(connection) {
  const facts = await connection.signIn(terminal, { method: "password" });
  console.log("signed in:", facts.signedIn);
}
//! [sign-in]

async function live(connection) {
  //! [live]
  const live = connection.live(); // connects in the background, and again after a loss
  const events = live.events();
  console.log(await live.rpc("session.list"));
  await live.rpc("emit", { type: "tick" }); // the practice gateway sends the event back
  for await (const event of events) {
    if (event.kind !== "event") continue;
    console.log("event", event.type, event.payload);
    if (event.type === "tick") break;
  }
  await live.close();
  //! [live]
}

async function errors(connection) {
  //! [errors]
  try {
    await connection.call("/api/sessions");
  } catch (error) {
    if (!(error instanceof PintleError)) throw error;
    console.log(`${error.layer}: ${error.message}\n${error.hint}`);
    if (error.signInRequired) console.log("sign in, then call again");
    if (error.retry) console.log(`try again in ${error.retryAfterMs ?? 1000} ms`);
  }
  //! [errors]
}

//! [open]
const connection = open({ url, inputs: { token: { file: tokenFile } } }); // sends nothing yet
//! [open]
await call(connection);
await live(connection);
const gated = open(gatedUrl);
await errors(gated);
await signIn(gated);
await call(gated);
connection.close();
gated.close();
process.stdin.destroy();
