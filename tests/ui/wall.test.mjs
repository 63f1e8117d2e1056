// SPDX-License-Identifier: Apache-2.0
//
// A user signs in through a login wall in front of the gateway, in a window of the real Chromium.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { add, goTo, Home, openPage, screenshot, signInWithPassword } from "./support.mjs";

const home = new Home();
home.makeWindowsHeadless();
const ui = await home.ui();
const secrets = path.join(home.folder, "config/pintle/tokens");
const saved = () => JSON.parse(fs.readFileSync(path.join(home.folder, "config/pintle/connections.json"), "utf8"));

async function testWorks(page) {
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.good");
}

async function signIn(...args) {
  const [told] = await Promise.all([home.run("sign-in", ...args), home.approveInWindow()]);
  assert.equal(told.signed_in, true, JSON.stringify(told));
}

test("a wall before a session token: one window, and another after the wall's sessions ended", async () => {
  const gateway = await home.gateway("none", "--wall", "page");
  const token = ["--token-file", home.tokenFile];
  const call = () => home.run("call", gateway.url, "GET", "/api/sessions", ...token);
  const works = async () => { const told = await call(); assert.equal(told.status, 200, JSON.stringify(told)); };
  await signIn(gateway.url, ...token);
  await works();
  await gateway.control("rotate-wall", {});
  for (let i = 0; i < 2; i += 1) await works();  // the old cookies, the new
  await gateway.control("revoke-wall", {});
  assert.match((await call()).error.hint, /--front-only/);
  await signIn(gateway.url, "--front-only", ...token);
  await works();
});

test("a wall before cookies: the wall's window, then the gateway's own sign-in", async () => {
  const gateway = await home.gateway("cookie", "--wall", "page");
  const signedIn = home.run("sign-in", gateway.url, "--provider", "practice");
  await home.approveInWindow();
  await home.approveInWindow();
  assert.equal((await signedIn).signed_in, true);
  const once = await home.run("connect", gateway.url, "--once", "--no-input");
  assert.equal(once.error, undefined, JSON.stringify(once));
  for (const seen of (await gateway.requests()).filter((one) => one.path === "/api/ws")) {
    assert.ok(seen.headers.includes("cookie"), "the upgrade goes through the wall");
  }
});

test("from the page: the wall's window, then the gateway's password", async () => {
  const gateway = await home.gateway("cookie", "--wall", "page");
  const page = await openPage(ui);
  await add(page, "walled", gateway.url);
  await page.waitForSelector("#probe-failure :text('Sign in to it first')");
  await screenshot(page, "wall-page");
  await page.click("button:text('Sign in to it')");
  await home.approveInWindow();
  await signInWithPassword(page);
  await testWorks(page);
  await screenshot(page, "wall-page-signed-in");
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("from the page: a password is kept with the connection, and with no other gateway", async () => {
  const gateway = await home.gateway("cookie", "--wall", "basic");
  const page = await openPage(ui);
  await add(page, "door", gateway.url);
  const answer = async (password) => {
    await page.fill("#sign-in [name=username]", "wall");
    await page.fill("#sign-in [name=password]", password);
    await page.press("#sign-in [name=password]", "Enter");
  };
  await page.click("button:text('Sign in to it')");
  await answer("wrong");
  await page.waitForSelector("#sign-in .notice.bad");
  await screenshot(page, "wall-basic-wrong");
  await page.click("button:text('Sign in to it')");
  await answer(fs.readFileSync(gateway.json.wall_password_file, "utf8").trim());
  await signInWithPassword(page);
  await testWorks(page);
  assert.deepEqual(fs.readdirSync(secrets), ["door@front-password"]);
  // The wall's password changes: the page asks for it again.
  const { secret } = await (await gateway.control("rotate-wall", {})).json();
  await page.reload();
  await page.click("button:text('Sign in to it')");
  await answer(secret);
  await page.waitForSelector("#probe-line .dot.good");
  await testWorks(page);
  assert.equal(fs.statSync(path.join(secrets, "door@front-password")).mode & 0o777, 0o600);

  const rename = async (name, url) => {
    await page.click("#edit");
    await page.fill("#name", name);
    if (url) await page.fill("#url", url);
    await page.waitForSelector("#probe-line .dot");
    await page.click("#save");
    await page.waitForSelector(`.title h2:text-is("${name}")`);
  };
  await rename("gate");
  await testWorks(page);
  assert.deepEqual(fs.readdirSync(secrets), ["gate@front-password"]);
  const other = await home.gateway("cookie");
  await rename("gate", other.url);
  assert.deepEqual(fs.readdirSync(secrets), []);
  const moved = saved().connections.find(({ name }) => name === "gate");
  assert.equal(moved.url, other.url);
  assert.equal(moved.front_inputs, undefined);
  assert.equal(moved.front_settings, undefined);
  await page.close();
});
