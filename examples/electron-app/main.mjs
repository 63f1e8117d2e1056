// SPDX-License-Identifier: Apache-2.0
// The main process: the gateway's address is in the app's settings, its session in Pintle's store.
import { app, BrowserWindow, ipcMain, shell } from "electron";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { open } from "pintle";
import { installIpc, trustedPages } from "pintle/electron";

const folder = path.dirname(fileURLToPath(import.meta.url));
const file = path.join(app.getPath("userData"), "gateway.json");
let gateway = null;

function use(url) {
  gateway?.close();
  gateway = open({ url });
  return gateway;
}
if (fs.existsSync(file)) use(JSON.parse(fs.readFileSync(file, "utf8")).url);

installIpc(ipcMain, () => gateway, {
  isTrustedSender: trustedPages(`${pathToFileURL(folder)}/`),
  allowLastingUrl: true, // of a gateway whose gate is off: its token is in the URL
  openBrowser: (url) => shell.openExternal(url).then(() => true),
  openGateway: async (url) => { // the settings page may choose one
    await use(url).probe();
    fs.writeFileSync(file, JSON.stringify({ url }));
    return gateway;
  },
});

await app.whenReady();
const window = new BrowserWindow({
  webPreferences: { preload: path.join(folder, "preload.cjs"), contextIsolation: true, sandbox: true },
});
await window.loadFile(path.join(folder, gateway ? "app.html" : "settings.html"));
