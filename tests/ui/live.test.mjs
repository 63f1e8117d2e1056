// SPDX-License-Identifier: Apache-2.0
//
// The live view: states, events, requests in flight, round-trip times; through a lost connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { add, Home, openPage, screenshot, TOKEN, until } from "./support.mjs";

const home = new Home();
const ui = await home.ui();
const gateway = await home.gateway("none");

test("a live connection can be seen", async () => {
  const page = await openPage(ui);
  await add(page, "home", gateway.url, { token: TOKEN });
  await page.click("summary:text('Live view')");
  await page.click("#live-toggle");
  const value = (name) => page.textContent(`[data-value='${name}']`);
  await until(async () => await value("State") === "ready", "ready");
  await until(async () => / ms$/.test(await value("Round trip")), "a round trip");
  assert.equal(await value("In flight"), "0");

  await page.click("summary:text('Send a request')");
  const send = async (method, params) => {
    await page.fill("[name=method]", method);
    await page.fill("[name=params]", params);
    await page.click("#live button[type=submit]");
  };
  await send("echo", '{"delay_ms": 1500, "text": "hello"}');
  await until(async () => await value("In flight") === "1", "a request in flight");
  await until(async () => await value("In flight") === "0", "its answer");
  await page.waitForSelector("#live-log .data:text('hello')");
  await send("echo", "{not JSON");
  await page.waitForSelector("#live-log .mark.bad");

  await send("emit", '{"count": 3000, "size": 200, "type": "practice.flood"}');
  await until(async () => Number(await value("Events")) >= 3000, "all events are counted");
  assert.ok(await page.locator("#live-log li").count() <= 200);

  await gateway.control("drop-connections", {});
  await until(async () => await page.locator("#live-log .what:text-is('ready')").count() > 1
    || await value("State") === "ready", "it is back");
  await send("emit", '{"count": 2, "type": "practice.again"}');
  await page.waitForSelector("#live-log .what:text('practice.again')");
  await until(async () => (await page.getAttribute(".chart .trace", "d")).length > 0, "a line");
  await screenshot(page, "live");

  await page.click("#live-toggle");
  await until(async () => await value("State") === "not connected", "it is closed");
  // The browser itself tells of the request that was refused.
  assert.equal(page.complaints.filter((text) => !text.includes("status of 400")).length, 0);
  await page.close();
});

test("a connection that is refused says why", async () => {
  const page = await openPage(ui);
  await add(page, "refused", gateway.url, { token: "not-the-token-of-this-gateway-xxxxxx" });
  await page.click("summary:text('Live view')");
  await page.click("#live-toggle");
  await page.waitForSelector("#live .notice.bad");
  await screenshot(page, "live-refused");
  await page.close();
});
