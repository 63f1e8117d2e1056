// SPDX-License-Identifier: Apache-2.0
//
// What a scheme declares is a field of the form: its settings, and its secrets, which the page sends
// once and never gets.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { goTo, Home, openPage, screenshot, TOKEN } from "./support.mjs";

const skip = spawnSync("python3", ["--version"]).status !== 0 && "there is no python3";
const example = fileURLToPath(new URL("../../examples/scheme-python/api_key_scheme", import.meta.url));

/** A user who has the Python example, with a setting besides its secret. */
function homeWithSettings() {
  const home = new Home();
  const folder = path.join(home.folder, "data/pintle/plugins");
  fs.mkdirSync(folder, { recursive: true });
  const add = (extension, mode) => {
    const text = fs.readFileSync(`${example}.${extension}`, "utf8");
    const isFalse = extension === "py" ? "False" : "false";
    // The declared one, not the input of the sign-in.
    const secret = /\{"key": "api_key", "label": "API key", "default"/;
    assert.match(text, secret);
    const changed = text.replace(secret,
      (found) => `{"key": "region", "label": "Region", "default": "eu", "secret": ${isFalse}},\n${found}`);
    fs.writeFileSync(path.join(folder, `api_key_scheme.${extension}`), changed, { mode });
  };
  add("py", 0o700);
  add("json", 0o600);
  return home;
}

test("a scheme's settings are fields, and its secrets are sent and never shown", { skip }, async () => {
  const home = homeWithSettings();
  const gateway = await home.gateway("api-key");
  const page = await openPage(await home.ui());
  await goTo(page, "#/new");
  await page.fill("#url", gateway.url);
  await page.waitForSelector("#setting-api_key[type=password]");
  assert.equal(await page.getAttribute("#setting-region", "placeholder"), "eu");
  assert.equal(await page.getAttribute("#setting-region", "type"), "text");
  assert.equal(await page.locator("label[for=setting-region]").textContent(), "Region");
  await page.fill("#setting-region", "us");
  await page.fill("#setting-api_key", TOKEN);
  await page.fill("#name", "keyed");
  await screenshot(page, "settings");
  await page.click("#save");
  await page.waitForSelector(".title h2:text-is('keyed')");
  const saved = fs.readFileSync(path.join(home.folder, "config/pintle/connections.json"), "utf8");
  assert.match(saved, /"region":\s*"us"/);
  assert.ok(!saved.includes(TOKEN));
  // The secret is used.
  assert.equal((await home.run("call", "keyed", "GET", "/api/sessions")).status, 200);

  const state = await page.evaluate(async () => (await fetch("/api/state")).text());
  assert.ok(!state.includes(TOKEN));
  await goTo(page, "#/edit/keyed");
  await page.waitForSelector("#setting-region");
  assert.equal(await page.inputValue("#setting-region"), "us");
  assert.equal(await page.inputValue("#setting-api_key"), "");
  await page.waitForSelector("#settings :text('Leave it empty to keep the saved one.')");
  await page.fill("#setting-region", "");
  await page.click("#save");
  await page.waitForSelector(".title h2:text-is('keyed')");
  assert.doesNotMatch(
    fs.readFileSync(path.join(home.folder, "config/pintle/connections.json"), "utf8"), /region/);
  assert.equal((await home.run("call", "keyed", "GET", "/api/sessions")).status, 200);
  assert.deepEqual(page.complaints, []);
});
