// SPDX-License-Identifier: Apache-2.0
//
// An error is shown once, at its field if it has one, and no longer than it lasts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { add, checkInvalid, goTo, Home, openPage, screenshot, TOKEN, until } from "./support.mjs";

const home = new Home();
const ui = await home.ui();
const gateway = await home.gateway("none");

const errors = (page) => page.locator(".notice.bad:visible, .field-error:visible").count();

test("an error of a field stands at the field, until it is corrected", async () => {
  const page = await openPage(ui);
  await add(page, "taken", gateway.url, { token: TOKEN });
  await goTo(page, "#/new");
  await page.fill("#url", gateway.url);
  await page.waitForSelector("#token");
  await page.fill("#name", "taken");
  await page.click("#save");
  await checkInvalid(page, "#name", /already.*another name/);
  await screenshot(page, "error-name");
  await page.fill("#name", "not taken");
  assert.equal(await page.getAttribute("#name", "aria-invalid"), null);
  assert.equal(await errors(page), 0);
  await page.click("#save");
  await checkInvalid(page, "#name", /Use 1 to 64/);
  assert.equal(await errors(page), 1);
  await page.fill("#name", "free");

  // Of an option that is folded up.
  await page.click("summary:text('Options')");
  await page.fill("[name=ca_file]", "/no/such/file.pem");
  await page.waitForSelector("[name=ca_file][aria-invalid=true]");
  assert.equal(await errors(page), 1);
  await page.click("summary:text('Options')");
  await page.click("#save");
  await checkInvalid(page, "[name=ca_file]", /no such file.*PEM/);
  await screenshot(page, "error-option");
  assert.equal(await errors(page), 1);
  await page.fill("[name=ca_file]", "");
  await page.waitForSelector("#token");
  assert.equal(await errors(page), 0);
  await page.fill("#token", "  ");
  await page.click("#save");
  await checkInvalid(page, "#token", /blank/);
  await page.fill("#token", TOKEN);
  await page.click("#save");
  await page.waitForSelector(".title h2:text-is('free')");
  await page.close();
});

test("a URL that is none is marked, with the one error that is there", async () => {
  const page = await openPage(ui);
  await goTo(page, "#/new");
  await page.fill("#name", "none");
  await page.fill("#url", "gateway.example/x y");
  await page.waitForSelector("#probe-failure .notice");
  await page.click("#save");
  await checkInvalid(page, "#url", /not a gateway URL/);
  await screenshot(page, "error-url");
  assert.equal(await errors(page), 1);
  await page.close();
});

test("a gateway that is down is shown once, and no longer when it is back", async () => {
  const fleeting = await home.gateway("none");
  const { port } = new URL(fleeting.url);
  const page = await openPage(ui);
  await add(page, "fleeting", fleeting.url, { token: TOKEN });
  await page.waitForSelector("#probe-line :text('session token')");
  await fleeting.stop();
  await page.reload();
  await page.waitForSelector("#probe-failure [data-layer=tcp]");
  assert.match(await page.textContent("#probe-line"), /Nothing answers there/);
  assert.match(await page.textContent("#probe-failure"), /^Connection: /);
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.bad");
  await page.click("summary:text('What the gateway says')");
  await page.waitForSelector("#probe-failure:empty", { state: "attached" });
  assert.equal(await errors(page), 1);
  await screenshot(page, "error-once");
  await page.click("#test-steps button:text('Close')");
  await page.click("#probe-failure button:text('Try again')");
  await page.waitForSelector("#probe-failure [data-layer=tcp]");
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.bad");
  await home.gateway("none", "--port", port);
  // The page looks again by itself.
  await page.waitForSelector("#probe-line :text('session token')");
  await until(async () => await errors(page) === 0, "no error is left");
  await page.close();
});

test("what failed with a token goes with the token", async () => {
  const page = await openPage(ui);
  await add(page, "mistyped", gateway.url, { token: "not-the-token-of-this-gateway-xxxxxx" });
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.bad");
  await page.click("#replace-token");
  await page.click("#save-token");
  await checkInvalid(page, "#token", /session token/);
  await page.fill("#token", TOKEN);
  await page.click("#save-token");
  await page.waitForSelector("#kept :text('...abcdef')");
  await until(async () => await errors(page) === 0, "no error is left");
  await page.close();
});

test("the live view drops the error of a connection that is back, or was ended", async () => {
  const page = await openPage(ui);
  await add(page, "live", gateway.url, { token: TOKEN });
  await page.click("summary:text('Live view')");
  await page.click("#live-toggle");
  const state = () => page.textContent("[data-value=State]");
  await until(async () => await state() === "ready", "ready");
  await gateway.control("faults", [{ kind: "status", path: "/api/", count: -1, value: 500 }]);
  await gateway.control("drop-connections", {});
  await page.waitForSelector("#live .notice.bad");
  await gateway.control("reset", {});
  await until(async () => await state() === "ready", "ready again");
  assert.equal(await page.locator("#live .notice").count(), 0);
  await gateway.control("faults", [{ kind: "status", path: "/api/", count: -1, value: 500 }]);
  await gateway.control("drop-connections", {});
  await page.waitForSelector("#live .notice.bad");
  await page.click("#live-toggle");
  await until(async () => await state() === "not connected", "ended");
  assert.equal(await page.locator("#live .notice").count(), 0);
  await gateway.control("reset", {});
  await page.close();
});
