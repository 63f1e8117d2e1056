// SPDX-License-Identifier: Apache-2.0
//
// What a renderer passes. It is less trusted than the main process: only what is listed here is read.

import { Refusal } from "./ipc_answers.mjs";

const MAX_TEXT = 8 * 1024;
const MAX_BODY = 16 * 1024 * 1024;
// No credential, no other host, nothing of the connection itself.
const HEADERS = new Set(["accept", "accept-language", "content-type", "idempotency-key", "if-match",
  "if-modified-since", "if-none-match", "if-unmodified-since", "range"]);
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

function wrong(what) {
  throw new Refusal(`invalid argument: ${what}`);
}

function member(given, name) {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== "object" || Array.isArray(given)) wrong("an object was expected");
  return Object.hasOwn(given, name) ? given[name] ?? undefined : undefined;
}

function text(given, name, max = MAX_TEXT) {
  const value = member(given, name);
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > max) wrong(name);
  return value;
}

function line(given, name) {
  const value = text(given, name);
  if (value !== undefined && /[\u0000-\u001f\u007f]/.test(value)) wrong(name);
  return value;
}

export const connectionName = (given) => line(given, "gateway");

export function urlOf(given) {
  const url = line(given, "url");
  if (url === undefined) return undefined;
  try {
    const { protocol, username, password } = new URL(url);
    if (!/^https?:$/.test(protocol) || username || password) wrong("url");
  } catch {
    wrong("url");
  }
  return url;
}

/** An object of texts, such as { username, password }. */
function texts(given, name) {
  const found = member(given, name);
  const made = Object.create(null);
  if (found === undefined) return made;
  if (typeof found !== "object" || Array.isArray(found)) wrong(name);
  const keys = Object.keys(found);
  if (keys.length > 32) wrong(name);
  for (const key of keys) made[key] = text(found, key) ?? wrong(name);
  return made;
}

export function signInArguments(given) {
  return { method: line(given, "method"), provider: line(given, "provider"), answers: texts(given, "answers") };
}

function bodyOf(given) {
  const body = member(given, "body");
  if (body === undefined) return undefined;
  if (typeof body === "string" && body.length <= MAX_BODY) return body;
  if (body instanceof Uint8Array && body.byteLength <= MAX_BODY) return body;
  return wrong("body");
}

export function callArguments(given) {
  const method = line(given, "method") ?? "GET";
  const target = line(given, "target");
  if (!METHODS.has(method)) wrong("method");
  if (target === undefined || !/^\/(?!\/)[^\\#]*$/.test(target)) wrong("target");
  const headers = Object.entries(texts(given, "headers")).map(([name, value]) => {
    if (!HEADERS.has(name.toLowerCase()) || /[\r\n\u0000]/.test(value)) wrong("headers");
    return [name, value];
  });
  return { method, target, headers, body: bodyOf(given) };
}
