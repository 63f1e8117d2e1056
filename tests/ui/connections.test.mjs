// SPDX-License-Identifier: Apache-2.0
//
// Connections are added, changed, chosen, tested and removed; a token never comes back to the page.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { add, checkInvalid, goTo, Home, openPage, screenshot, TOKEN, until } from "./support.mjs";

const home = new Home();
const ui = await home.ui();
const tokens = path.join(home.folder, "config/pintle/tokens");
const saved = async (name) => (await home.run("list")).connections.find((c) => c.name === name);

test("without connections the page leads to the form", async () => {
  const page = await openPage(ui);
  await page.waitForSelector("#welcome");
  await screenshot(page, "welcome");
  await page.click("#welcome a");
  await page.waitForSelector("#form");
  assert.ok(await page.evaluate(() => document.activeElement.id === "url"));
  await page.click("#save");
  await checkInvalid(page, "#url", /URL/);
  await checkInvalid(page, "#name", /name/, { hasFocus: false });
  await page.close();
});

test("a token is stored in a file of this user, and never sent to the page", async () => {
  const gateway = await home.gateway("none");
  const page = await openPage(ui);
  const bodies = [];
  page.on("response", (response) => bodies.push(response.text().catch(() => "")));
  await add(page, "home", gateway.url, { token: TOKEN });
  await page.waitForSelector("#kept :text('...abcdef')");
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.good");
  await screenshot(page, "tested-token");
  await page.reload();
  await page.waitForSelector("#kept :text('...abcdef')");
  const file = path.join(tokens, "home");
  assert.equal(fs.readFileSync(file, "utf8"), `${TOKEN}\n`);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.equal(fs.statSync(tokens).mode & 0o777, 0o700);
  assert.deepEqual((await saved("home")).inputs, { token: { file } });
  for (const body of await Promise.all(bodies)) assert.ok(!body.includes(TOKEN));
  assert.ok(!(await page.content()).includes(TOKEN));
  await page.close();
});

test("a wrong token fails the test, and can be replaced", async () => {
  const gateway = await home.gateway("none");
  const page = await openPage(ui);
  await add(page, "wrong", gateway.url, { token: "not-the-token-of-this-gateway-xxxxxx" });
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.bad");
  await screenshot(page, "test-failed");
  await page.click("#replace-token");
  await page.fill("#token", TOKEN);
  await page.click("#save-token");
  await page.waitForSelector("#kept :text('...abcdef')");
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.good");
  await page.close();
});

test("a failed ticket is a failure of the test", async () => {
  const gateway = await home.gateway("cookie");
  const page = await openPage(ui);
  await add(page, "ticket", gateway.url);
  await page.click("[data-provider=basic]");
  await page.fill("[name=username]", "ada");
  await page.fill("[name=password]", "practice");
  await page.press("[name=password]", "Enter");
  await page.waitForSelector("#kept strong:text-matches('^Signed in')");
  await gateway.control("faults", [{ kind: "status", path: "/api/auth/ws-ticket", count: -1, value: 500 }]);
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.bad");
  await screenshot(page, "test-failed-ticket");
  await page.close();
});

test("the current connection is the one of pintle use", async () => {
  const page = await openPage(ui);
  await goTo(page, "#/c/wrong");
  await page.click("#make-current");
  await page.waitForSelector(".title .badge");
  assert.equal((await home.run("use")).gateway, "wrong");
  await page.waitForSelector("#connections .connection:has-text('wrong') .badge");
  await page.close();
});

test("another URL takes no credential along", async () => {
  const first = await home.gateway("none");
  const second = await home.gateway("none");
  const page = await openPage(ui);
  await add(page, "moved", first.url, { token: TOKEN });
  await page.click("#edit");
  await page.waitForSelector("#form #token");
  await page.waitForSelector(".help:text('keep the saved token ...abcdef')");
  await screenshot(page, "edit");
  await page.fill("#url", second.url);
  await page.waitForSelector("#probe-line :text('session token')");
  assert.equal(await page.locator(".help:text('keep the saved token')").count(), 0);
  await page.click("#save");
  await page.waitForSelector("#kept :text('Not signed in')");
  assert.equal((await saved("moved")).inputs, undefined);
  assert.equal(fs.existsSync(path.join(tokens, "moved")), false);
  await page.close();
});

test("what another program changes appears on the page", async () => {
  const gateway = await home.gateway("none");
  const page = await openPage(ui);
  await page.clock.install();
  await page.reload();
  await page.waitForSelector("#connections .connection");
  await home.run("add", "elsewhere", gateway.url);
  await page.clock.runFor(16_000);
  await page.waitForSelector("#connections :text('elsewhere')");
  await page.close();
});

test("the doctor names the broken step", async () => {
  const gateway = await home.gateway("none");
  const page = await openPage(ui);
  await add(page, "ill", gateway.url, { token: "not-the-token-of-this-gateway-xxxxxx" });
  await page.click("summary:text('Doctor')");
  await page.click("#doctor");
  await page.waitForSelector("#doctor-steps .notice.bad");
  // What depends on the failed step stands in one line.
  const skipped = await page.locator("#doctor-steps [data-state=skip]:has-text('because of')").allTextContents();
  assert.equal(skipped.length, 1);
  assert.match(skipped[0], /ticket, upgrade, ready, ping/);
  await screenshot(page, "doctor");
  assert.ok(await page.locator("#doctor-steps [data-state=bad]").count() > 0);
  assert.ok(await page.locator("#doctor-steps [data-state=good]").count() > 3);
  assert.equal(await page.locator("#doctor-steps [data-state=running]").count(), 0);
  await page.close();
});

test("a removed connection is gone with its token", async () => {
  const page = await openPage(ui);
  await goTo(page, "#/c/home");
  await page.waitForSelector(".title h2:text-is('home')");
  await page.click("#remove");
  await page.waitForSelector("dialog[open]");
  await screenshot(page, "remove");
  await page.keyboard.press("Escape");
  assert.ok(await saved("home"));
  await page.click("#remove");
  await page.click("#confirm-remove");
  await until(async () => !(await saved("home")), "the connection is removed");
  await page.waitForSelector("#connections:not(:has(:text-is('home')))");
  assert.equal(fs.existsSync(path.join(tokens, "home")), false);
  await page.close();
});

test("a gateway's text is shown as text", async () => {
  const gateway = await home.gateway("none", "--gateway-version", "<img src=x onerror=alert(1)>");
  const page = await openPage(ui);
  await goTo(page, "#/new");
  await page.fill("#url", gateway.url);
  await page.waitForSelector("#probe-line :text('<img src=x')");
  assert.equal(await page.locator("#probe-line img").count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.close();
});
