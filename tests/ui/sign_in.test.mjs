// SPDX-License-Identifier: Apache-2.0
//
// Every method of signing in, from the page; each ends with a test of the connection.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  add, approve, checkInvalid, goTo, Home, launch, openPage, PASSWORD, screenshot, USER,
} from "./support.mjs";

const home = new Home({ apiKey: true });
home.makeWindowsHeadless();
const ui = await home.ui();

async function begin(name, gateway) {
  const page = await openPage(ui);
  await add(page, name, gateway.url);
  await page.waitForSelector("[data-provider]");
  return page;
}

async function checkSignedIn(page, name) {
  await page.waitForSelector("#kept strong:text-matches('^Signed in')");
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.good");
  await screenshot(page, `tested-${name}`);
  assert.deepEqual(page.complaints, []);
}

/** Opens "Other methods" and clicks one. */
async function useMethod(page, provider, method) {
  await page.click("summary:text('Other methods')");
  await page.click(`[data-of='${provider}'][data-method='${method}']`);
}

for (const gate of ["cookie", "native"]) {
  test(`password, gate ${gate}, wrong at first`, async () => {
    const gateway = await home.gateway(gate);
    const page = await begin(`password-${gate}`, gateway);
    await page.click("[data-provider=basic]");
    assert.ok(await page.locator("[data-provider], [data-method]").evaluateAll((buttons) =>
      buttons.length > 0 && buttons.every((button) => button.disabled)), "no second sign-in at a time");
    await page.fill("[name=username]", USER);
    await page.fill("[name=password]", "wrong");
    await screenshot(page, `sign-in-password-${gate}`);
    await page.press("[name=password]", "Enter");
    await page.waitForSelector("#sign-in :text('is wrong')");
    await checkInvalid(page, "[name=password]", /is wrong/);
    await screenshot(page, `sign-in-password-wrong-${gate}`);
    assert.equal(await page.inputValue("[name=username]"), USER);
    await page.fill("[name=password]", PASSWORD);
    await page.click("#sign-in button[type=submit]");
    await checkSignedIn(page, `password-${gate}`);
    await page.waitForSelector("#kept :text('as ada with basic')");
    await page.click("#sign-out");
    await page.waitForSelector("#kept :text('Not signed in')");
    await page.waitForSelector("[data-provider=basic]");
    await screenshot(page, `signed-out-${gate}`);
    await page.close();
  });
}

test("browser: the page opens the provider's page in a tab, and finishes by itself", async () => {
  const gateway = await home.gateway("native");
  const page = await begin("browser", gateway);
  const opened = page.context().waitForEvent("page");
  await page.click("[data-provider=practice]");
  const tab = await opened;
  await tab.waitForSelector("[name=user]");
  await screenshot(page, "sign-in-browser");
  await approve(tab);
  await tab.waitForSelector("text=You can close this window");
  await checkSignedIn(page, "browser");
  await page.waitForSelector("#kept :text('with practice')");
  await page.close();
});

test("paste: the address that did not load is pasted into the page", async () => {
  const gateway = await home.gateway("native");
  const page = await begin("paste", gateway);
  await useMethod(page, "practice", "paste");
  await page.waitForSelector("#pasted");
  await screenshot(page, "sign-in-paste");
  const address = await page.getAttribute("#sign-in a.mono", "href");
  // Another machine: nothing listens at its loopback port.
  const redirect = new URL(new URL(address).searchParams.get("redirect_uri"));
  const other = await launch({ args: [`--host-resolver-rules=MAP ${redirect.host} ~NOTFOUND`] });
  const elsewhere = await other.newPage();
  await elsewhere.goto(address);
  const failed = elsewhere.waitForEvent("requestfailed", (request) => request.url().startsWith(redirect.href));
  await approve(elsewhere);
  const callback = (await failed).url();
  await page.fill("#pasted", "http://127.0.0.1:1/callback?code=x&state=another");
  await page.click("#sign-in button[type=submit]");
  await checkInvalid(page, "#pasted", /belongs to another sign-in/);
  await screenshot(page, "sign-in-paste-wrong");
  await page.fill("#pasted", callback);
  await page.click("#sign-in button[type=submit]");
  await checkSignedIn(page, "paste");
  await other.close();
  await page.close();
});

test("window: a separate window, whose cookies are taken over", async () => {
  const gateway = await home.gateway("cookie");
  const page = await begin("window", gateway);
  await page.click("[data-provider=practice]");
  await page.waitForSelector("#sign-in :text('in the window that has opened')");
  await screenshot(page, "sign-in-window");
  await home.approveInWindow();
  await checkSignedIn(page, "window");
  await page.close();
});

test("a secret of a scheme that stores no session is kept for the connection", async () => {
  const gateway = await home.gateway("api-key");
  const page = await begin("key", gateway);
  await page.click("[data-provider='']");
  await page.waitForSelector("#sign-in input[type=password]");
  await screenshot(page, "sign-in-api-key");
  await page.fill("#sign-in input[type=password]", fs.readFileSync(home.tokenFile, "utf8").trim());
  await page.click("#sign-in button[type=submit]");
  await page.waitForSelector("#kept :text('Saved: ')");
  await page.click("#test");
  await page.waitForSelector("#test-steps .notice.good");
  const kept = fs.readdirSync(path.join(home.folder, "config/pintle/tokens"));
  assert.equal(kept.length, 1);
  const mode = fs.statSync(path.join(home.folder, "config/pintle/tokens", kept[0])).mode & 0o777;
  assert.equal(mode, 0o600);
  await page.close();
});

test("a sign-in can be cancelled, and leaves nothing signed in", async () => {
  const gateway = await home.gateway("native");
  const page = await begin("cancelled", gateway);
  await useMethod(page, "practice", "paste");
  await page.waitForSelector("#pasted");
  await page.click("#cancel-sign-in");
  await page.waitForSelector("#sign-in :text('was cancelled')");
  assert.ok(await page.isEnabled("[data-provider=practice]"));
  await screenshot(page, "sign-in-cancelled");
  await page.waitForSelector("#kept :text('Not signed in')");
  await page.close();
});

test("a refusal of the provider is shown", async () => {
  const gateway = await home.gateway("cookie");
  const page = await begin("down", gateway);
  await gateway.control("faults", [{ kind: "provider_down", count: -1 }]);
  await page.click("[data-provider=basic]");
  await page.fill("[name=username]", USER);
  await page.fill("[name=password]", PASSWORD);
  await page.press("[name=password]", "Enter");
  await page.waitForSelector("#sign-in [data-layer=provider]");
  await screenshot(page, "sign-in-provider-down");
  await page.close();
});

test("tabs sign in at the same time, and a closed one takes nothing from the other", async () => {
  const gateway = await home.gateway("cookie");
  const first = await begin("tab-1", gateway);
  const second = await openPage(ui);
  await add(second, "tab-2", gateway.url);
  const third = await openPage(ui);
  await goTo(third, "#/c/tab-2");
  for (const page of [first, second, third]) {
    await page.click("[data-provider=basic]");
    await page.waitForSelector("[name=username]");
  }
  await third.close();
  for (const page of [second, first]) {
    await page.fill("[name=username]", USER);
    await page.fill("[name=password]", PASSWORD);
    await page.press("[name=password]", "Enter");
    await page.waitForSelector("#kept strong:text-matches('^Signed in')");
  }
  await second.close();
  await first.close();
});

test("Ctrl-C ends everything at once, in the middle of a sign-in and of a probe", async () => {
  const gateway = await home.gateway("native");
  const own = await home.ui();
  const page = await openPage(own);
  await add(page, "ended", gateway.url);
  await page.waitForSelector("[data-provider]");
  await useMethod(page, "practice", "paste");
  await page.waitForSelector("#pasted");
  await gateway.control("faults", [{ kind: "delay", path: "/api/", count: -1, value: 30_000 }]);
  const other = await openPage(own);
  await goTo(other, "#/new");
  await other.fill("#url", `${gateway.url}/`);
  await other.waitForSelector("#probe-line :text('Asking')");
  const begun = Date.now();
  assert.equal(await own.stop("SIGINT"), 0);
  assert.ok(Date.now() - begun < 5_000, `it took ${Date.now() - begun} ms`);
  await page.waitForSelector("#sign-in .notice.bad");
  await screenshot(page, "ended");
  await page.close();
});
