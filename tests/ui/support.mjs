// SPDX-License-Identifier: Apache-2.0
//
// A user's home, practice gateways, the settings page, and Chromium to look at it.

import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { after } from "node:test";
import { until } from "../support/until.mjs";

export { until };

export const { PINTLE, UI_MODULES, UI_SCREENSHOTS, API_KEY_PLUGIN } = process.env;
const require = createRequire(path.join(UI_MODULES, "package.json"));
export const { chromium } = require("playwright-core");
export const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const USER = "ada";
export const PASSWORD = "practice";
export const TOKEN = "practice-token-of-forty-characters-abcdef";

/** Run in the opposite order when the file's tests are over. */
const cleanups = [];
export const cleanUp = (action) => cleanups.push(action);
after(async () => {
  for (const action of cleanups.reverse()) await action();
});

/** Answers the page of the practice gateway's identity provider. */
export async function approve(page) {
  await page.fill("[name=user]", USER);
  await page.fill("[name=password]", PASSWORD);
  await page.click("button[value=approve]");
}

/** A program that prints one JSON object first. */
export class Program {
  static async start(args, env) {
    const program = new Program();
    program.process = spawn(PINTLE, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    program.ended = new Promise((resolve) => program.process.on("exit", resolve));
    let err = "";
    program.process.stderr.on("data", (text) => { err += text; });
    const lines = readline.createInterface({ input: program.process.stdout });
    cleanUp(() => program.stop("SIGKILL"));
    program.json = await new Promise((resolve, reject) => {
      lines.once("line", (line) => resolve(JSON.parse(line)));
      program.ended.then((code) => reject(new Error(`pintle ${args.join(" ")} ended (${code}): ${err}`)));
    });
    return program;
  }

  async stop(signal = "SIGTERM") {
    if (this.process.exitCode === null) this.process.kill(signal);
    return this.ended;
  }
}

/** A gateway that accepts connections and says nothing: `asked` and `left` count them. */
export async function silentGateway() {
  const gateway = { asked: 0, left: 0 };
  const server = net.createServer((socket) => {
    socket.once("data", () => { gateway.asked += 1; });
    socket.on("error", () => {});
    socket.on("close", () => { gateway.left += 1; });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp(() => server.close());
  gateway.url = `http://127.0.0.1:${server.address().port}`;
  return gateway;
}

function copyPlugin(library, folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const file of [library, library.replace(/\.so$/, ".json")]) {
    fs.copyFileSync(file, path.join(folder, path.basename(file)));
  }
}

/** A user's folders. The usual schemes are found beside the program. */
export class Home {
  constructor({ apiKey = false } = {}) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "pintle-ui-"));
    cleanUp(() => fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));
    if (apiKey) copyPlugin(API_KEY_PLUGIN, path.join(this.folder, "data/pintle/plugins"));
    this.env = {
      PATH: process.env.PATH, LANG: process.env.LANG ?? "C.UTF-8", HOME: this.folder,
      XDG_CONFIG_HOME: path.join(this.folder, "config"), XDG_DATA_HOME: path.join(this.folder, "data"),
      XDG_STATE_HOME: path.join(this.folder, "state"), XDG_CACHE_HOME: path.join(this.folder, "cache"),
    };
    this.tokenFile = path.join(this.folder, "token");
    fs.writeFileSync(this.tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  }

  /** A practice gateway: `gateway("none", "--port", "4711")`. */
  async gateway(gate, ...more) {
    const args = ["practice", "--json", "--gate", gate, ...more];
    if (gate === "none" || gate === "api-key") args.push("--token-file", this.tokenFile);
    const program = await Program.start(args, this.env);
    program.url = program.json.url;
    program.control = (name, body) => fetch(`${program.url}/practice/${name}`,
      body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
    /** The received requests. */
    program.requests = async () => (await (await program.control("request-log")).json()).requests;
    return program;
  }

  /** The windows of a sign-in without a screen: Pintle's own browser, with a port by which the test
      can be its user. */
  makeWindowsHeadless() {
    const programs = path.join(this.folder, "bin");
    fs.mkdirSync(programs);
    fs.writeFileSync(path.join(programs, "google-chrome-stable"),
      '#!/bin/sh\nexec chromium --headless --disable-gpu --remote-debugging-port=0 "$@"\n',
      { mode: 0o755 });
    this.env.PATH = `${programs}:${this.env.PATH}`;
    this.env.DISPLAY = ":0";
  }

  /** Answers the page of the identity provider in the window that opens. */
  async approveInWindow() {
    const windows = path.join(this.folder, "state/pintle/windows");
    const port = await until(() => {
      for (const name of fs.existsSync(windows) ? fs.readdirSync(windows) : []) {
        const file = path.join(windows, name, "DevToolsActivePort");
        const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
        if (text && text !== this.lastWindow) return (this.lastWindow = text).split("\n")[0];
      }
      return null;
    }, "the window's port");
    const window = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const shown = await until(() => window.contexts()[0].pages().find((p) => p.url().includes("/idp/")),
      "the window shows the provider");
    await shown.waitForSelector("[name=user]");
    await approve(shown);
    await until(() => !window.isConnected(), "the window closes by itself");
  }

  ui(...more) {
    return Program.start(["ui", "--json", "--no-browser", ...more], this.env);
  }

  /** Runs a command to its end and returns its JSON. */
  async run(...args) {
    return (await Program.start([...args, "--json"], this.env)).json;
  }
}

let browser = null;
export async function launch(options = {}) {
  const made = await chromium.launch({ executablePath: process.env.CHROMIUM,
    args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), ...(options.args ?? [])] });
  cleanUp(() => made.close());
  return made;
}

/** A new browser profile. */
export async function newContext(options = {}) {
  browser ??= await launch();
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  return context;
}

/** Opens the settings page in a tab of the profile that opened it first, of `context`, or of a new
    one with `options`. What the page complains of is in `complaints`. */
export async function openPage(ui, { context, init, options } = {}) {
  // The address works once: other profiles of this user get its cookie.
  const profile = context ?? (options ? await newContext({ ...options, storageState: ui.storage })
    : ui.context ??= await newContext({ storageState: ui.storage }));
  const page = await profile.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.stack));
  page.on("console", (message) => {
    if (message.type() === "error") page.complaints.push(message.text());
  });
  if (init) await page.addInitScript(init);
  page.origin = new URL(ui.json.address).origin;
  await page.goto(ui.storage ? page.origin : ui.json.address);
  ui.storage = await profile.storageState();
  await page.waitForSelector("#detail > *");
  return page;
}

export const goTo = (page, hash) => page.evaluate((to) => { location.hash = to; }, hash);

/** Saves a connection through the form, without signing in. */
export async function add(page, name, url, { token } = {}) {
  await goTo(page, "#/new");
  await page.fill("#url", url);
  await page.waitForSelector("#token, [data-provider], #probe-failure .notice");
  if (token) await page.fill("#token", token);
  await page.fill("#name", name);
  await page.click("#save");
  await page.waitForSelector(`.title h2:text-is("${name}")`);
}

export async function signInWithPassword(page) {
  await page.click("[data-provider=basic]");
  await page.fill("[name=username]", USER);
  await page.fill("[name=password]", PASSWORD);
  await page.press("[name=password]", "Enter");
  await page.waitForSelector("#kept :text('Signed in as ada')");
}

/** A control is marked as invalid, what describes it says why, and it has the focus. */
export async function checkInvalid(page, selector, why, { hasFocus = true } = {}) {
  await page.waitForSelector(`${selector}[aria-invalid=true]`);
  const { described, focused } = await page.$eval(selector, (control) => ({
    described: (control.getAttribute("aria-describedby") ?? "").split(" ")
      .map((id) => document.getElementById(id)?.innerText ?? "").join(" "),
    focused: document.activeElement === control,
  }));
  if (!why.test(described)) throw new Error(`${selector} is described by "${described}"`);
  if (hasFocus && !focused) throw new Error(`${selector} has not the focus`);
}

export async function screenshot(page, name) {
  fs.mkdirSync(UI_SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(UI_SCREENSHOTS, `${name}.png`), fullPage: true });
}
