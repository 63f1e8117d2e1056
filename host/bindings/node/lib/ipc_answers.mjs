// SPDX-License-Identifier: Apache-2.0
//
// What a renderer is answered: no cookie, no header with a credential, no stack of the main process.

import { PintleError } from "./errors.mjs";

/** Said to a renderer as it is. */
export class Refusal extends Error {}

const SHOWN_HEADERS = new Set(["cache-control", "content-disposition", "content-language", "content-length",
  "content-type", "date", "etag", "expires", "last-modified", "location", "retry-after", "vary"]);

export function responseOf({ status, ok, headers, body }) {
  const shown = Object.entries(headers).filter(([name]) => SHOWN_HEADERS.has(name));
  return { status, ok, headers: Object.fromEntries(shown), body: new Uint8Array(body) };
}

const SHOWN = ["name", "url", "gateway", "scheme", "credential", "signedIn", "checked", "storeTrouble"];
const SHOWN_FACTS = ["user", "provider", "expiresMs", "why"];
const pick = (from, names) => Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));

/** Who is signed in; not the end of a token, nor where it is kept. */
export const identityOf = (status) => ({ ...pick(status, SHOWN), facts: pick(status.facts ?? {}, SHOWN_FACTS) });

export async function answerOf(work) {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof PintleError) return { error: error.toJSON() };
    if (error instanceof Refusal) return { error: { layer: "config", message: error.message, hint: "" } };
    return { error: { layer: "config", message: "the main process has failed", hint: "" } };
  }
}
