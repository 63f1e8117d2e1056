// SPDX-License-Identifier: Apache-2.0
//
// The live view: states, events, requests in flight, round-trip times; through a lost connection.

import assert from "node:assert/strict";
import { test } from "node:test";
import { add, checkInvalid, Home, openPage, screenshot, signInWithPassword, TOKEN, until } from "./support.mjs";

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
  assert.equal(await value("Events"), "0", "an answer is no event");
  await send("echo", "{not JSON");
  await checkInvalid(page, "[name=params]", /JSON/);

  await send("emit", '{"count": 3000, "size": 200, "type": "practice.flood"}');
  await until(async () => Number(await value("Events")) >= 3000, "all events are counted");
  await until(async () => await value("In flight") === "0", "the answer to emit");
  assert.equal(await value("Events"), "3000", "events alone are counted");
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
  assert.deepEqual(page.complaints, []);
  await page.close();
});

// The gate "native" announces a heartbeat.
for (const gate of ["none", "native"]) {
  test(`a gateway that hangs is seen, and that it is back (gate ${gate})`, async () => {
    const hung = await home.gateway(gate);
    const page = await openPage(ui);
    await add(page, `hung-${gate}`, hung.url, { token: gate === "none" ? TOKEN : "" });
    if (gate === "native") await signInWithPassword(page);
    await page.click("summary:text('Live view')");
    await page.click("#live-toggle");
    const value = (name) => page.textContent(`[data-value='${name}']`);
    await until(async () => / ms$/.test(await value("Round trip")), "a round trip");
    await hung.control("faults", [{ kind: "ws_half_open", path: "/", count: -1 }]);
    await until(async () => await value("State") === "not responding", "it is seen");
    assert.match(await value("Round trip"), /^none for \d+ s$/);
    const text = await page.textContent("#live-silent");
    assert.match(text, /has sent nothing for \d+ s/);
    assert.match(text, gate === "native" ? /reconnects after 60 s/ : /has no heartbeat/);
    await page.waitForSelector("#live-log .what:text('not responding')");
    await screenshot(page, `live-hung-${gate}`);
    await hung.control("reset", {});
    await hung.control("drop-connections", {});
    await until(async () => await value("State") === "ready", "it is back");
    await until(async () => / ms$/.test(await value("Round trip")), "a round trip again");
    assert.equal(await page.textContent("#live-silent"), "");
    await page.click("#live-toggle");
    await page.close();
  });
}

test("a connection that is refused says why", async () => {
  const page = await openPage(ui);
  await add(page, "refused", gateway.url, { token: "not-the-token-of-this-gateway-xxxxxx" });
  await page.click("summary:text('Live view')");
  await page.click("#live-toggle");
  await page.waitForSelector("#live .notice.bad");
  await screenshot(page, "live-refused");
  await page.close();
});
