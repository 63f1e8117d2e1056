// SPDX-License-Identifier: Apache-2.0
//
// axe-core finds nothing serious on any state of the page, in light and dark and on a narrow
// screen, which scrolls in one direction alone; and the keyboard reaches everything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { add, axeSource, goTo, Home, openPage, screenshot, TOKEN, until } from "./support.mjs";

const home = new Home();
const ui = await home.ui();
const tokenGateway = await home.gateway("none");
const cookieGateway = await home.gateway("native");

async function check(page, name) {
  await screenshot(page, name);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.html} (${n.failureSummary})`).join("\n")}`);
  assert.deepEqual(serious, [], name);
  const overflow = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0, `${name} is wider than the screen`);
}

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 740 } },
  "narrow-dark": { colorScheme: "dark", viewport: { width: 360, height: 740 } },
};

for (const [look, options] of Object.entries(LOOKS)) {
  test(`nothing serious: ${look}`, async () => {
    // axe is added by the test; the page itself has no inline script.
    const page = await openPage(ui, { options: { ...options, bypassCSP: true } });
    await page.addScriptTag({ content: axeSource });
    await check(page, `${look}-begin`);
    await goTo(page, "#/new");
    await page.fill("#url", "127.0.0.1:1");
    await page.waitForSelector("#probe-failure button");
    await check(page, `${look}-mistyped`);
    await page.fill("#url", tokenGateway.url);
    await page.waitForSelector("#token");
    await page.click("summary:text('What the gateway says')");
    await page.click("summary:text('Options')");
    await check(page, `${look}-form`);
    const name = `a-long-name-of-a-connection-${look}`;
    await add(page, name, cookieGateway.url);
    await page.click("summary:text('Other methods')");
    await page.click("summary:text('What the gateway says')");
    await page.click("[data-provider=basic]");
    await page.waitForSelector("[name=username]");
    await check(page, `${look}-password`);
    await page.fill("[name=username]", "ada");
    await page.fill("[name=password]", "practice");
    await page.press("[name=password]", "Enter");
    await page.waitForSelector("#kept strong:text-matches('^Signed in')");
    await page.click("#test");
    await page.waitForSelector("#test-steps .notice.good");
    await page.click("summary:text('Live view')");
    await page.click("#live-toggle");
    await page.waitForSelector("#live-log .what:text('ready')");
    await page.click("summary:text('Send a request')");
    await page.click("summary:text('Doctor')");
    await page.click("#doctor");
    await page.waitForSelector("#doctor-steps .notice");
    await check(page, `${look}-connection`);
    await page.click("#remove");
    await page.waitForSelector("dialog[open]");
    await check(page, `${look}-dialog`);
    await page.context().close();
  });
}

test("the keyboard alone adds a connection", async () => {
  const page = await openPage(ui);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#form");
  await page.keyboard.type(tokenGateway.url);
  await page.waitForSelector("#token");
  await page.keyboard.press("Tab");
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("typed");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#kept :text('...abcdef')");
  await until(async () => (await page.textContent("#announcer")).includes("typed is saved"), "announced");
  await page.close();
});
