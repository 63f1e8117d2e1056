// SPDX-License-Identifier: Apache-2.0
//
// Stands in for the module `electron`: a window is a page of Chromium, the preload script runs here, and
// what it exposes is bound into the page. Arguments and answers are cloned, as between processes.

import fs from "node:fs";
import { pathToFileURL } from "node:url";

/** Set by the test: { userData, newPage, openExternal, onWindow }. */
const test = globalThis.electronTest;
const handlers = new Map();

export const app = { getPath: () => test.userData, whenReady: async () => {} };
export const shell = { openExternal: async (url) => { await test.openExternal(url); } };
export const ipcMain = {
  handle: (channel, handler) => handlers.set(channel, handler),
  removeHandler: (channel) => handlers.delete(channel),
};

const frameOf = (frame) => frame && ({ url: frame.url(), parent: frameOf(frame.parentFrame()) });

// Bytes do not pass through a binding as they are.
const pack = (value) => JSON.stringify(value, (_, one) => one instanceof Uint8Array ? { bytes: [...one] } : one);

function bindings(name, functions) {
  window[name] = Object.fromEntries(functions.map((one) => [one, async (given) =>
    JSON.parse(await window[`${name}_${one}`](given) ?? "null", (_, value) => value?.bytes ? new Uint8Array(value.bytes) : value)]));
}

export class BrowserWindow {
  constructor({ webPreferences }) {
    if (!webPreferences.contextIsolation || !webPreferences.sandbox) throw new Error("the page is not kept apart");
    this.preload = webPreferences.preload;
  }

  async loadFile(file) {
    this.page = await test.newPage();
    const exposed = [];
    let frame = null;
    const ipcRenderer = {
      invoke: async (channel, given) => structuredClone(await handlers.get(channel)(
        { senderFrame: frameOf(frame) }, structuredClone(given))),
    };
    const contextBridge = { exposeInMainWorld: (name, api) => exposed.push([name, api]) };
    new Function("require", fs.readFileSync(this.preload, "utf8"))((name) => ({ electron: { contextBridge, ipcRenderer } })[name]);
    for (const [name, api] of exposed) {
      for (const one of Object.keys(api)) {
        await this.page.exposeBinding(`${name}_${one}`, (source, given) => {
          frame = source.frame; // read before the first await of invoke
          return api[one](given).then(pack);
        });
      }
      await this.page.addInitScript(`(${bindings})(${JSON.stringify(name)}, ${JSON.stringify(Object.keys(api))})`);
    }
    await this.page.goto(pathToFileURL(file).href);
    test.onWindow(this);
  }
}
