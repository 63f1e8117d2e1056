// SPDX-License-Identifier: Apache-2.0
//
// Two tabs of the page: what one changes shows in the other, and an edit in one that is out of date
// overwrites nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add, goTo, Home, openPage, screenshot, signInWithPassword, TOKEN, until,
} from "./support.mjs";

const home = new Home();
const ui = await home.ui();
const saved = async (name) => (await home.run("list")).connections.find((c) => c.name === name);

// So that a test shows which of the ways a change comes by.
const withoutPolls = () => { window.setInterval = () => 0; };
/** Sees no change unless it is loaded again. */
const deaf = () => {
  window.setInterval = () => 0;
  window.BroadcastChannel = class { addEventListener() {} postMessage() {} };
  for (const target of [window, document]) {
    const listen = target.addEventListener.bind(target);
    target.addEventListener = (type, ...more) => {
      if (!["focus", "pageshow", "visibilitychange"].includes(type)) listen(type, ...more);
    };
  }
};
const comeIntoView = (page) => page.evaluate(() => { window.dispatchEvent(new Event("focus")); });

/** A tab in the background is drawn once a second, and a click waits for that. */
async function click(page, selector) {
  await page.bringToFront();
  await page.click(selector);
}

/** The first one is in front. */
async function openTabs(second = withoutPolls) {
  const tabs = [await openPage(ui), await openPage(ui, { init: second })];
  await tabs[0].bringToFront();
  return tabs;
}

test("what one tab changes shows in the other at once", async () => {
  const gateway = await home.gateway("cookie");
  const [first, second] = await openTabs();
  await add(first, "shared", gateway.url);
  // The second one had nothing to show.
  await second.waitForSelector(".title h2:text-is('shared')");
  await second.waitForSelector("[data-provider=basic]");
  await signInWithPassword(first);
  await second.waitForSelector("#kept :text('Signed in as ada')");
  await second.waitForSelector("[data-provider]", { state: "detached" });
  await click(first, "#make-current");
  await second.waitForSelector(".title .badge");
  await click(first, "#sign-out");
  await second.waitForSelector("#kept :text('Not signed in')");
  await second.waitForSelector("[data-provider=basic]");
  await add(first, "other", gateway.url);
  await second.waitForSelector("#connections :text-is('other')");
  await goTo(second, "#/c/other");
  await second.waitForSelector(".title h2:text-is('other')");
  await click(first, "#remove");
  await click(first, "#confirm-remove");
  await first.waitForSelector(".notice:text('Removed other')");
  await second.waitForSelector(".notice:text('other was removed or renamed')");
  await screenshot(second, "removed-elsewhere");
  await second.waitForSelector("#connections:not(:has(:text-is('other')))");
  for (const page of [first, second]) {
    assert.deepEqual(page.complaints, []);
    await page.close();
  }
});

test("what another browser changes shows when the page comes into view", async () => {
  const gateway = await home.gateway("cookie");
  const first = await openPage(ui);
  await add(first, "elsewhere", gateway.url);
  const second = await openPage(ui, { init: withoutPolls, options: {} });
  await goTo(second, "#/c/elsewhere");
  await second.waitForSelector("[data-provider=basic]");
  await signInWithPassword(first);
  await comeIntoView(second);
  await second.waitForSelector("#kept :text('Signed in as ada')");
  await first.close();
  await second.close();
});

test("an edit in a tab that is out of date overwrites nothing", async () => {
  const gateway = await home.gateway("none");
  const [first, second] = await openTabs(deaf);
  await add(first, "edited", gateway.url, { token: TOKEN });
  await second.reload();
  await second.waitForSelector("#connections :text-is('edited')");
  for (const page of [first, second]) {
    await goTo(page, "#/edit/edited");
    await click(page, "summary:text('Options')");
  }
  await first.fill("[name=proxy]", "http://first.example:1");
  await click(first, "#save");
  await first.waitForSelector(".title h2:text-is('edited')");
  await second.fill("[name=proxy]", "http://second.example:2");
  await click(second, "#save");
  await second.waitForSelector("#out-of-date :text('was changed in another tab or program')");
  assert.equal(await second.locator(".notice").count(), 1);
  await screenshot(second, "edit-out-of-date");
  // A second try is no better.
  await click(second, "#save");
  await until(() => second.isEnabled("#save"), "it was refused");
  await click(second, "#load-changed");
  await second.waitForSelector("#out-of-date:empty", { state: "attached" });
  await click(second, "summary:text('Options')");
  assert.equal(await second.inputValue("[name=proxy]"), "http://first.example:1");
  // Now it is known, and can be changed.
  await second.fill("[name=proxy]", "http://second.example:2");
  await click(second, "#save");
  await second.waitForSelector(".title h2:text-is('edited')");
  await first.close();
  await second.close();
});

test("a form says at once that it is out of date, and loads what is new if nothing was typed", async () => {
  const gateway = await home.gateway("none");
  const [first, second] = await openTabs();
  await add(first, "watched", gateway.url, { token: TOKEN });
  const change = async (proxy) => {
    await goTo(first, "#/edit/watched");
    await click(first, "summary:text('Options')");
    await first.fill("[name=proxy]", proxy);
    await click(first, "#save");
    await first.waitForSelector(".title h2:text-is('watched')");
  };
  await goTo(second, "#/edit/watched");
  await second.waitForSelector("#form");
  await change("http://first.example:1");
  await until(async () => await second.inputValue("[name=proxy]") === "http://first.example:1", "loaded");
  await second.fill("#token", "a token that is being typed");
  await change("http://first.example:2");
  await second.waitForSelector("#out-of-date :text('was changed in another tab or program')");
  assert.equal(await second.inputValue("#token"), "a token that is being typed");
  await goTo(first, "#/c/watched");
  await click(first, "#remove");
  await click(first, "#confirm-remove");
  await second.waitForSelector("#out-of-date :text('was removed or renamed')");
  assert.ok(await second.isDisabled("#save"));
  await first.close();
  await second.close();
});

test("a token typed in a tab that is out of date replaces no newer one", async () => {
  const gateway = await home.gateway("none");
  const [first, second] = await openTabs(deaf);
  await add(first, "token", gateway.url, { token: "an-older-token-of-forty-characters-old" });
  await second.reload();
  await second.waitForSelector("#connections :text-is('token')");
  await goTo(second, "#/c/token");
  await click(second, "#replace-token");
  await second.fill("#token", "typed-too-late-and-therefore-not-saved");
  await click(first, "#replace-token");
  await first.fill("#token", TOKEN);
  await click(first, "#save-token");
  await first.waitForSelector("#kept :text('...abcdef')");
  await click(second, "#save-token");
  await second.waitForSelector(".notice.bad :text('was changed in another tab or program')");
  await second.waitForSelector("#kept :text('...abcdef')");
  await click(first, "#test");
  await first.waitForSelector("#test-steps .notice.good");
  await first.close();
  await second.close();
});

test("a connection gets another name, with its session; the other tab follows", async () => {
  const gateway = await home.gateway("cookie");
  const [first, second] = await openTabs();
  await add(first, "before", gateway.url);
  await signInWithPassword(first);
  await click(first, "#make-current");
  await goTo(second, "#/c/before");
  await second.waitForSelector("#kept :text('Signed in as ada')");
  await click(first, "#edit");
  await first.fill("#name", "after");
  await screenshot(first, "rename");
  await click(first, "#save");
  for (const page of [first, second]) {
    await page.waitForSelector(".title h2:text-is('after')");
    await page.waitForSelector("#kept :text('Signed in as ada')");
    await page.waitForSelector(".title .badge");
  }
  await second.waitForSelector(".notice:text('before is called after now')");
  await click(first, "#test");
  await first.waitForSelector("#test-steps .notice.good");
  assert.ok(await saved("after"));
  assert.equal(await saved("before"), undefined);
  assert.equal((await home.run("use")).gateway, "after");
  await first.close();
  await second.close();
});
