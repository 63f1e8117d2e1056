// SPDX-License-Identifier: Apache-2.0
//
// The example app (examples/electron-app) in Chromium, against the practice gateway of each gate: settings
// with a probe, the sign-in, a dial with a fresh ticket after each loss.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  cleanUp, folder, gateway, PASSWORD, PINTLE_NODE_MODULES, PINTLE_NODE_PACKAGE, PINTLE_SOURCE, TOKEN, until, USER,
} from "./support.mjs";

const { chromium } = createRequire(path.join(PINTLE_NODE_MODULES, "_.js"))("playwright-core");
const source = path.join(PINTLE_SOURCE, "examples/electron-app");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM,
  args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
cleanUp(() => browser.close());

test("the app has less than 150 lines", () => {
  const files = fs.readdirSync(source).filter((name) => /\.(mjs|cjs|html)$/.test(name));
  assert.equal(files.length, 4);
  const lines = files.flatMap((name) => fs.readFileSync(path.join(source, name), "utf8").trimEnd().split("\n"));
  assert.ok(lines.length < 150, `${lines.length} lines`);
});

async function newPage(complaints) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => complaints.push(error.stack));
  return page;
}

async function approve(url) {
  const page = await newPage([]);
  await page.goto(url);
  await page.fill("[name=user]", USER);
  await page.fill("[name=password]", PASSWORD);
  await page.click("button[value=approve]");
}

/** Starts the app as Electron would: each time its modules are loaded anew. */
async function start(name, complaints, userData = path.join(folder, name)) {
  const home = path.join(folder, name);
  fs.mkdirSync(path.join(home, "node_modules"), { recursive: true });
  fs.cpSync(source, home, { recursive: true });
  fs.cpSync(path.join(PINTLE_SOURCE, "tests/node/electron"), path.join(home, "node_modules/electron"), { recursive: true });
  fs.symlinkSync(PINTLE_NODE_PACKAGE, path.join(home, "node_modules/pintle"));
  let window;
  globalThis.electronTest = {
    userData, newPage: () => newPage(complaints), openExternal: (url) => { void approve(url); },
    onWindow: (made) => { window = made; },
  };
  await import(pathToFileURL(path.join(home, "main.mjs")).href);
  return window.page;
}

const GATES = {
  none: { async signIn(page) { await page.fill("[name=token]", TOKEN); }, says: "Signed in as the token's owner" },
  cookie: {
    async signIn(page) {
      await page.fill("[name=username]", USER);
      await page.fill("[name=password]", PASSWORD);
    },
    says: "Signed in as ada",
  },
  native: { async signIn(page) { await page.selectOption("[name=provider]", "Practice Identity"); }, says: "Signed in as ada" },
};

async function signIn(page, { signIn: fillIn, says }) {
  await page.waitForSelector("#sign-in:not([hidden])");
  await fillIn(page);
  await page.click("#sign-in button");
  await page.waitForSelector(`#status:text-is("${says}")`);
}

const isReady = (page) => page.waitForSelector('#state:text-is("ready")');

for (const [gate, how] of Object.entries(GATES)) {
  test(`gate ${gate}: settings, sign-in, and back after each loss`, async () => {
    const complaints = [];
    let running = await gateway(gate);
    const page = await start(gate, complaints);
    await page.fill("#url", "http://127.0.0.1:1");
    await page.click("#probe");
    await page.waitForSelector("#status:text-matches('cannot connect|refused', 'i')");
    await page.fill("#url", running.url);
    await page.click("#probe");
    await page.waitForSelector("#status:text-matches('not signed in')");
    if (gate === "cookie") {
      await page.fill("[name=username]", USER);
      await page.fill("[name=password]", "wrong");
      await page.click("#sign-in button");
      await page.waitForSelector("#status:text-matches('wrong|refused|invalid', 'i')");
    }
    await signIn(page, how);
    await page.click("a:text('Open the app')");
    await isReady(page);
    await page.waitForSelector("#sessions li:nth-child(3)");

    const dials = async () => (await running.requests()).filter(({ path: asked }) => asked.startsWith("/api/ws")
      && !asked.startsWith("/api/ws-")).length;
    const before = await dials();
    await running.control("drop-connections", {});
    await until(async () => await dials() > before, "the app dials again");
    await isReady(page);
    if (gate !== "none") {
      const minted = (await running.requests()).filter(({ path: asked }) => asked.startsWith("/api/auth/ws-ticket"));
      assert.ok(minted.length >= 2, "with a ticket of its own");
    }

    await running.stop("SIGKILL");
    await page.waitForSelector('#state:not(:text-is("ready"))');
    running = await gateway(gate, "--port", running.port);
    if (gate !== "none") { // the gateway has forgotten its sessions
      await page.waitForSelector("#state:text-matches('sign in|session', 'i')");
      await page.click("a:text('Settings')");
      await page.fill("#url", running.url);
      await page.click("#probe");
      await signIn(page, how);
      await page.click("a:text('Open the app')");
    }
    await isReady(page);
    await page.waitForSelector("#sessions li:nth-child(3)");
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

test("the next start needs no settings and no sign-in", async () => {
  const complaints = [];
  const page = await start("again", complaints, path.join(folder, "cookie"));
  await isReady(page);
  assert.deepEqual(complaints, []);
  const kept = fs.readFileSync(path.join(folder, "none/gateway.json"), "utf8");
  assert.ok(!kept.includes(TOKEN));
});
