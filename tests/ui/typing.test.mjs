// SPDX-License-Identifier: Apache-2.0
//
// The gateway is probed while its URL is typed: then the token box or the sign-in buttons appear,
// never both, and neither before the answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded, recorder } from "./recorder.mjs";
import { goTo, Home, openPage, screenshot, silentGateway, until } from "./support.mjs";

const home = new Home();
const ui = await home.ui();

/** A page with the form for a new connection. */
async function newForm() {
  const page = await openPage(ui, { init: recorder });
  await goTo(page, "#/new");
  await page.waitForSelector("#form");
  return page;
}

const type = (page, text) => page.locator("#url").pressSequentially(text, { delay: 15 });

async function checkRecord(page, expected) {
  const { log, violations } = await recorded(page);
  assert.deepEqual(violations, []);
  assert.ok(log.some(({ answered }) => !answered), "the time before the answer was not seen");
  const last = log.at(-1);
  assert.deepEqual({ token: last.token, buttons: last.buttons }, expected);
  assert.deepEqual(page.complaints, []);
  await page.close();
}

test("a gateway without a gate shows the token box", async () => {
  const gateway = await home.gateway("none");
  const page = await newForm();
  await type(page, gateway.url);
  await page.waitForSelector("#token");
  await screenshot(page, "typed-token");
  await page.locator("#form summary:text('What the gateway says')").click();
  await page.waitForSelector("td.good:text('chosen')");
  await screenshot(page, "typed-verdict");
  await checkRecord(page, { token: true, buttons: 0 });
});

for (const gate of ["cookie", "native"]) {
  test(`a gateway with the gate ${gate} shows a button for each provider`, async () => {
    const gateway = await home.gateway(gate);
    const page = await newForm();
    await type(page, gateway.url);
    await page.waitForSelector("[data-provider=practice]");
    await screenshot(page, `typed-${gate}`);
    await checkRecord(page, { token: false, buttons: 2 });
  });
}

test("a gate that no scheme fits shows neither, and why", async () => {
  const gateway = await home.gateway("api-key");
  const page = await newForm();
  await type(page, gateway.url);
  await page.waitForSelector("#probe-failure [data-layer=plugin]");
  await screenshot(page, "typed-no-scheme");
  await checkRecord(page, { token: false, buttons: 0 });
});

test("a gate of an installed scheme without providers shows one button", async () => {
  const other = new Home({ apiKey: true });
  const gateway = await other.gateway("api-key");
  const page = await openPage(await other.ui(), { init: recorder });
  await goTo(page, "#/new");
  await type(page, gateway.url);
  await page.waitForSelector("[data-provider='']");
  await checkRecord(page, { token: false, buttons: 1 });
});

test("a mistyped URL offers the one that was meant", async () => {
  const gateway = await home.gateway("none");
  const page = await newForm();
  await type(page, gateway.url.replace("http://", ""));
  const meant = page.locator("#probe-failure button");
  await meant.waitFor();
  await screenshot(page, "typed-mistyped");
  assert.equal(await meant.textContent(), `Use ${gateway.url}`);
  await meant.click();
  await page.waitForSelector("#token");
  assert.equal(await page.inputValue("#url"), gateway.url);
  await checkRecord(page, { token: true, buttons: 0 });
});

test("a port where nothing listens is named", async () => {
  const gateway = await home.gateway("none");
  await gateway.stop();
  const page = await newForm();
  await type(page, gateway.url);
  await page.waitForSelector("#probe-failure [data-layer=tcp]");
  await screenshot(page, "typed-unreachable");
  await checkRecord(page, { token: false, buttons: 0 });
});

test("the address of a page leads to its gateway", async () => {
  const gateway = await home.gateway("none", "--prefix", "/hermes");
  const page = await newForm();
  await type(page, `${gateway.url}/chat/x`);
  await page.locator(`#probe-failure button:text("Use ${gateway.url}")`).click();
  await page.waitForSelector("#token");
  await checkRecord(page, { token: true, buttons: 0 });
});

test("a probe is cancelled when more is typed", async () => {
  const silent = await silentGateway();
  const fast = await home.gateway("none");
  const page = await newForm();
  await page.fill("#url", silent.url);
  await until(() => silent.asked > 0, "the silent gateway was asked");
  await page.waitForSelector("#probe-line :text('Asking')");
  await screenshot(page, "typed-waiting");
  assert.equal(await page.locator("#token, [data-provider]").count(), 0);
  assert.equal(silent.left, 0);
  await page.fill("#url", fast.url);
  await page.waitForSelector("#token");
  // Long before its own time limit of 15 s.
  await until(() => silent.left > 0, "the probe was cancelled", 8);
  await checkRecord(page, { token: true, buttons: 0 });
});

test("a closed tab cancels its probe", async () => {
  const silent = await silentGateway();
  const page = await newForm();
  await page.fill("#url", silent.url);
  await until(() => silent.asked > 0, "the silent gateway was asked");
  await page.close();
  await until(() => silent.left > 0, "the probe was cancelled", 8);
});

test("a slow gateway shows nothing until it answers", async () => {
  const gateway = await home.gateway("cookie");
  await gateway.control("faults", [{ kind: "delay", path: "/api/status", count: 1, value: 1500 }]);
  const page = await newForm();
  await type(page, gateway.url);
  await page.waitForSelector("[data-provider]");
  await checkRecord(page, { token: false, buttons: 2 });
});

test("a gateway that changes its answer while the URL is typed shows the last one", async () => {
  const before = await home.gateway("none");
  const port = new URL(before.url).port;
  const page = await newForm();
  await type(page, before.url);
  await page.waitForSelector("#token");
  await page.fill("#token", "typed for the first gateway");
  await before.stop();
  await home.gateway("cookie", "--port", port);
  await page.locator("#url").press("End");
  await page.locator("#url").pressSequentially("/");
  await page.waitForSelector("[data-provider]");
  await checkRecord(page, { token: false, buttons: 2 });
});

test("a saved connection is shown at once as it was, and does not flicker", async () => {
  const gateway = await home.gateway("none");
  await home.run("add", "home", gateway.url, "--token-file", home.tokenFile);
  await gateway.control("faults", [{ kind: "delay", path: "/api/", count: -1, value: 20_000 }]);
  const texts = () => {
    window.__kept = [];
    new MutationObserver(() => {
      const kept = document.getElementById("kept")?.innerText.replace(/\s+/g, " ").trim();
      if (kept && kept !== window.__kept.at(-1)) window.__kept.push(kept);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  };
  const page = await openPage(await home.ui(), { init: texts });
  await goTo(page, "#/c/home");
  await page.waitForSelector("#kept :text('Session token ...abcdef')");
  await page.waitForSelector("#probe-line :text('Asking')");
  await screenshot(page, "saved-at-once");
  await gateway.control("reset", {});
  await goTo(page, "#/");
  await goTo(page, "#/c/home");
  await page.waitForSelector("#probe-line :text('session token')");
  assert.deepEqual(await page.evaluate(() => new Set(window.__kept).size), 1);
  assert.equal(await page.locator("#token, [data-provider]").count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.close();
});
