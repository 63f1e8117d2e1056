// SPDX-License-Identifier: Apache-2.0
//
// The options of hosts, connections and live connections, as the addon takes them.

import { bool, func, object, oneOf, options, pairs, refuse, text, texts, whole } from "./check.mjs";
import { keep } from "./native.mjs";

const FROM = { file: 1, command: 2, env: 3, callback: 4, secret: 5 };

/** One of {file}, {command}, {env}, {callback} and {secret}, as [key, from, where]. */
function source(key, given, name) {
  const kinds = Object.keys(object(given, name));
  if (kinds.length !== 1 || !Object.hasOwn(FROM, kinds[0])) {
    throw new TypeError(`${name} must be one of { file }, { command }, { env }, { callback } and { secret }`);
  }
  const [kind] = kinds;
  const value = given[kind];
  if (kind !== "callback") return [key, FROM[kind], text(value, `${name}.${kind}`)];
  func(value, `${name}.callback`);
  return [key, FROM.callback, keep((_, [asked], __, signal) => value(asked, { signal }))];
}

const sources = (given, name) =>
  Object.entries(object(given, name)).map(([key, one]) => source(key, one, `${name}.${key}`));

const CONNECTION = {
  url: text, name: text, scheme: text, inputs: sources, settings: pairs, headersFile: text, caFile: text,
  proxy: text, proxyAuthFile: text, allowedOrigins: texts, sessionStore: text, requestMs: whole(1),
  connectMs: whole(1), helpers: pairs, clientCertificate: text, clientKey: text,
  clientPassphrase: (given, name) => source("", given, name), front: text, frontInputs: sources,
  frontSettings: pairs, storeInputs: sources, storeSettings: pairs, allowPlainHttp: bool, useProxy: bool,
};

/** `given`: the options, a URL, or the name of a saved connection. */
export function connectionOptions(given) {
  const named = typeof given === "string" ? (given.includes("://") ? { url: given } : { name: given }) : given;
  const { allowPlainHttp, useProxy, ...made } = options(named, CONNECTION, "connection");
  if (!made.url && !made.name) throw new TypeError("a connection needs a url, or the name of a saved one");
  return { ...made, flags: (allowPlainHttp ? 1 : 0) | (useProxy === false ? 2 : 0) };
}

/** For display, without what a URL may hold of a credential. */
export function labelOf(given) {
  if (typeof given === "string" && !given.includes("://")) return given;
  if (typeof given !== "string" && given.name) return given.name;
  try {
    const { origin, pathname } = new URL(typeof given === "string" ? given : given.url);
    return origin + pathname.replace(/\/$/, "");
  } catch {
    return "?";
  }
}

const CONTENT = { "json-rpc": 0, messages: 1, pieces: 2, profile: 3 };
const LIVE = {
  content: oneOf(CONTENT), reconnect: bool, deflate: bool, resume: bool, path: text, query: pairs,
  origin: text, maxMessageBytes: whole(1), maxSendQueueBytes: whole(1), maxReceiveQueueBytes: whole(1),
  readyTimeoutMs: whole(1), pingAfterIdleMs: whole(1), heartbeatMs: whole(-1), initialBackoffMs: whole(1),
  maxBackoffMs: whole(1), backoffResetAfterMs: whole(1), traceparent: text, maxQueuedEvents: whole(1),
};

export function liveOptions(given) {
  const { reconnect, deflate, maxQueuedEvents = 1024, ...made } = options(given, LIVE, "live");
  return { maxQueuedEvents,
    made: { ...made, flags: (reconnect === false ? 1 : 0) | (deflate ? 2 : 0) } };
}

const STORE = { load: func, save: func, erase: func };
function sessions(given, name) {
  if (given === "memory" || given === "files") return { kind: given };
  object(given, name);
  if ("folder" in given) return { kind: "folder", ...options(given, { folder: text }, name) };
  for (const key of Object.keys(STORE)) func(given[key], `${name}.${key}`);
  return { kind: "store", store: given };
}

const LOG_LEVELS = { error: 1, warn: 2, info: 3, debug: 4, trace: 5 };
const log = (given, name) => {
  const made = options(given, { level: oneOf(LOG_LEVELS), hook: func }, name);
  if (!made.level || !made.hook) refuse(name, "an object with a level and a hook", given);
  return made;
};

const HOST = {
  sessions, pluginFolders: texts, loadCheckProgram: text, allowedSchemes: texts, pins: pairs,
  trustedLibraries: texts, cage: oneOf({ "third-party": 1, always: 2, never: 3 }), bundledOnly: bool,
  proxyEnvironment: bool, generateTraceparent: bool, log,
};

/** The options for the addon, the log hook and the session store. */
export function hostOptions(given) {
  const { sessions: kept = { kind: "files" }, bundledOnly, proxyEnvironment, generateTraceparent, log: logging,
    ...made } = options(given, HOST, "host");
  made.flags = (bundledOnly ? 1 : 0) | (kept.kind === "memory" ? 2 : 0) |
    (proxyEnvironment === false ? 4 : 0) | (generateTraceparent ? 8 : 0);
  if (kept.kind === "folder") made.sessionFolder = kept.folder;
  made.hasStore = kept.kind === "store";
  made.logLevel = logging?.level;
  return { made, hook: logging?.hook, store: kept.store };
}
