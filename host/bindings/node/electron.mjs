// SPDX-License-Identifier: Apache-2.0
//
// For the main process of a desktop app: six functions over IPC, of which a renderer gets no credential
// but a fresh WebSocket URL. Needs nothing of Electron: ipcMain is passed in.

import { callArguments, connectionName, signInArguments, urlOf } from "./lib/ipc_arguments.mjs";
import { answerOf, identityOf, Refusal, responseOf } from "./lib/ipc_answers.mjs";
import { Connection } from "./lib/connection.mjs";
import { bool, func, object, options, text } from "./lib/check.mjs";

export const channels = Object.freeze({
  probe: "pintle:probe", signIn: "pintle:sign-in", signOut: "pintle:sign-out", state: "pintle:state",
  wsUrl: "pintle:ws-url", call: "pintle:call",
});

/** Returns a check for `isTrustedSender`: the main frame of a page whose URL begins with one of these.
    One that ends with a slash is a folder, another one a whole page. */
export function trustedPages(...beginnings) {
  if (beginnings.length === 0) throw new TypeError("trustedPages needs the URL of a page");
  for (const one of beginnings) {
    // What is before the first single slash may not go on: "https://app.example" has no path.
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]*\//.test(text(one, "page"))) {
      throw new TypeError("a page is a URL with a path, such as file:///opt/app/index.html or app://main/");
    }
  }
  const matches = (url) => beginnings.some((one) => one.endsWith("/") ? url.startsWith(one)
    : url === one || url.startsWith(`${one}#`) || url.startsWith(`${one}?`));
  return (event) => {
    const frame = event.senderFrame;
    return Boolean(frame) && !frame.parent && typeof frame.url === "string" && matches(frame.url);
  };
}

const MAIN = { openGateway: func, openBrowser: func, allowCall: func, allowLastingUrl: bool };

/** The six functions, for an app that has its own IPC. `gateways`: a Connection, an object of them by
    name, or a function (name) => Connection. */
export function mainFunctions(gateways, given) {
  // A misspelt allowCall would allow everything.
  const { openGateway, openBrowser, allowCall = () => true, allowLastingUrl = false } = options(given, MAIN, "options");
  if (typeof gateways !== "function") object(gateways, "gateways");
  const byName = gateways instanceof Connection ? (name) => name === undefined ? gateways : undefined
    : typeof gateways === "function" ? gateways
      : (name) => Object.hasOwn(gateways, name ?? "") ? gateways[name ?? ""] : undefined;
  const find = async (given) => {
    const found = await byName(connectionName(given));
    if (!(found instanceof Connection)) throw new Refusal("there is no such gateway");
    return found;
  };
  const operations = new Map(); // of each connection: the sign-in in progress
  return {
    async probe(given) {
      const url = urlOf(given);
      if (url === undefined) return (await find(given)).probe();
      if (!openGateway) throw new Refusal("this app does not let its pages choose the gateway");
      const opened = await openGateway(url);
      if (!(opened instanceof Connection)) throw new Refusal("this app does not connect to that address");
      return opened.probe();
    },

    async signIn(given) {
      const { answers, ...options } = signInArguments(given);
      const connection = await find(given);
      operations.get(connection)?.abort();
      const controller = new AbortController();
      operations.set(connection, controller);
      const messages = [];
      try {
        const signedIn = await connection.signIn({
          showMessage: (text) => { messages.push(text); },
          ask: ({ key }) => Object.hasOwn(answers, key) ? answers[key] : undefined,
          openBrowser: openBrowser ?? (() => false),
        }, { ...options, signal: controller.signal });
        return { ...identityOf(signedIn), messages };
      } finally {
        if (operations.get(connection) === controller) operations.delete(connection);
      }
    },

    async signOut(given) {
      const connection = await find(given);
      operations.get(connection)?.abort();
      return connection.signOut();
    },

    async state(given) { return identityOf(await (await find(given)).status()); },

    async wsUrl(given) {
      const { url, singleUse } = await (await find(given)).wsUrl();
      if (!singleUse && !allowLastingUrl) {
        throw new Refusal("the WebSocket URL of this gateway holds a token that lasts, which this app keeps from its pages");
      }
      return { url, singleUse };
    },

    async call(given) {
      const request = callArguments(given);
      const connection = await find(given);
      if (await allowCall({ method: request.method, target: request.target }) !== true) {
        throw new Refusal("this app does not let its pages send that request");
      }
      return responseOf(await connection.call(request));
    },
  };
}

/** Answers the channels. Each answer is { value } or { error }, as an Error loses its members on the
    way. Returns a function that removes the handlers. */
export function installIpc(ipcMain, gateways, { isTrustedSender, ...more } = {}) {
  func(ipcMain?.handle, "ipcMain.handle");
  func(isTrustedSender, "isTrustedSender");
  const functions = mainFunctions(gateways, more);
  for (const [name, channel] of Object.entries(channels)) {
    ipcMain.handle(channel, (event, given) => answerOf(async () => {
      if (isTrustedSender(event) !== true) throw new Refusal("this page may not use the gateway");
      return functions[name](given);
    }));
  }
  return () => { for (const channel of Object.values(channels)) ipcMain.removeHandler(channel); };
}
