// SPDX-License-Identifier: Apache-2.0
//
// A hostile web page in the browser that uses the settings page, and another user of the machine,
// get nothing from a server on loopback. The same for every server that Pintle has there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { add, cleanUp, Home, launch, openPage, PINTLE, Program, TOKEN } from "./support.mjs";

const home = new Home();
const gateway = await home.gateway("none");
const ui = await home.ui();

/** A web server of the attacker, whose page does whatever the test evaluates in it. */
const attacker = http.createServer((request, response) => {
  response.setHeader("Content-Type", "text/html");
  response.end("<!doctype html><title>hostile</title>");
});
await new Promise((resolve) => attacker.listen(0, "127.0.0.1", resolve));
cleanUp(() => { attacker.closeAllConnections?.(); attacker.close(); });
const { port } = attacker.address();

const rules = "MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1";
const browser = await launch({ args: [`--host-resolver-rules=${rules}`] });

/** Where the attacker's page comes from. Cookies know no ports: the first is the same site. */
const SITES = { "same-site": `http://127.0.0.1:${port}/`, "cross-site": `http://evil.example:${port}/` };

/** A server to attack: its origin, a path that has something to get, one that changes something,
    and whether that was changed. `context` is a profile that may use it. */
async function settingsPage() {
  const context = await browser.newContext({ storageState: ui.storage });
  const page = await openPage(ui, { context });
  if ((await home.run("list")).connections.length === 0) {
    await add(page, "home", gateway.url, { token: TOKEN });
  }
  return {
    context, origin: page.origin, secret: "/api/state", image: "/icon.svg", script: "/main.js",
    change: "/api/connections", socket: "/api/live",
    body: JSON.stringify({ name: "planted", url: "http://127.0.0.1:1" }),
    isChanged: async () => (await home.run("list")).connections.some(({ name }) => name === "planted"),
  };
}

/** The broker: a page may use it with its token, as a query or as a cookie. */
async function broker() {
  if (!(await home.run("list")).connections.some(({ name }) => name === "behind")) {
    await home.run("add", "behind", gateway.url, "--token-file", home.tokenFile);
  }
  const served = await Program.start(["serve", "behind", "--json"], home.env);
  const token = fs.readFileSync(served.json.token_file, "utf8").trim();
  const origin = served.json.url;
  const context = await browser.newContext();
  await context.addCookies([{ name: `pintle_broker_${new URL(origin).port}`, value: token, url: origin,
    httpOnly: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  assert.equal((await page.goto(`${origin}/api/sessions`)).status(), 200);
  const before = (await gateway.requests()).length;
  return {
    context, origin, token, secret: "/api/sessions", image: "/api/sessions", script: "/api/sessions",
    change: "/api/planted", socket: "/api/ws", body: "{}", before,
    isChanged: async () => (await gateway.requests()).slice(before)
      .some(({ path }) => path.endsWith("/api/planted")),
  };
}

const SERVERS = { "the settings page": settingsPage };
const hasBroker = spawnSync(PINTLE, ["serve", "--help"]).status === 0;
if (hasBroker) SERVERS["the broker"] = broker;

const attacks = {
  /** Reads with fetch, by every mode. */
  read: async ({ origin, secret }) => {
    const got = [];
    for (const mode of ["cors", "no-cors"]) {
      for (const credentials of ["include", "omit"]) {
        try {
          const response = await fetch(origin + secret, { mode, credentials });
          got.push(await response.text());
        } catch {
          // As it should be.
        }
      }
    }
    return got.join("");
  },
  /** Loads what a page may load from elsewhere without asking. */
  embed: ({ origin, image, script, secret }) => Promise.all([["img", image], ["script", script],
    ["script", secret], ["iframe", "/"]].map(([tag, path]) => new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () => resolve(tag === "iframe" ? `frame ${element.contentDocument}` : "loaded");
    element.onerror = () => resolve("");
    element.src = origin + path;
    document.body.append(element);
  }))),
  /** Changes with fetch, as a form or a beacon could, and as they could not. */
  change: async ({ origin, change, body }) => {
    const tries = [];
    for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
      for (const mode of ["cors", "no-cors"]) {
        tries.push(fetch(origin + change, { method: "POST", mode, credentials: "include", body,
          headers: mode === "cors" || type !== "application/json" ? { "Content-Type": type } : {} }));
      }
    }
    tries.push(fetch(origin + change, { method: "POST", credentials: "include", body,
      headers: { "Content-Type": "application/json", "X-Pintle-Page": "guessed" } }));
    navigator.sendBeacon(origin + change, new Blob([body], { type: "text/plain" }));
    return (await Promise.allSettled(tries)).filter(({ status, value }) =>
      status === "fulfilled" && value.ok).length;
  },
  socket: ({ origin, socket }) => new Promise((resolve) => {
    const opened = new WebSocket(origin.replace("http", "ws") + socket);
    opened.onopen = () => resolve("opened");
    opened.onerror = () => resolve("");
  }),
  events: ({ origin, socket }) => new Promise((resolve) => {
    const source = new EventSource(origin + socket, { withCredentials: true });
    source.onopen = () => resolve("opened");
    source.onerror = () => { source.close(); resolve(""); };
  }),
};

for (const [server, start] of Object.entries(SERVERS)) {
  for (const [site, address] of Object.entries(SITES)) {
    test(`a ${site} page gets nothing from ${server}`, async () => {
      const { context, isChanged, ...target } = await start();
      const page = await context.newPage();
      await page.goto(address);
      assert.equal(await page.evaluate(attacks.read, target), "");
      const embedded = await page.evaluate(attacks.embed, target);
      // A frame "loads" the browser's own page about the refusal, which nobody can look into.
      assert.deepEqual(embedded, ["", "", "", "frame null"]);
      assert.equal(await page.evaluate(attacks.change, target), 0);
      assert.equal(await page.evaluate(attacks.socket, target), "");
      assert.equal(await page.evaluate(attacks.events, target), "");
      await page.evaluate(({ origin, change, body }) => {
        const form = document.createElement("form");
        form.method = "post";
        form.enctype = "text/plain";
        form.action = origin + change;
        const field = document.createElement("input");
        field.name = body;
        form.append(field);
        document.body.append(form);
        form.submit();
      }, target);
      await page.waitForURL(`${target.origin}/**`);
      assert.doesNotMatch(await page.content(), /home|Plan the garden/);
      assert.equal(await isChanged(), false);
      await context.close();
    });

    test(`a ${site} page cannot look into a window of ${server}`, async () => {
      const { context, ...target } = await start();
      const page = await context.newPage();
      await page.goto(address);
      await page.evaluate(() => { document.body.innerHTML = "<button>x</button>"; });
      const popup = context.waitForEvent("page");
      await page.evaluate((to) => { window.stolen = window.open(to); }, `${target.origin}/`);
      await (await popup).waitForLoadState();
      const seen = await page.evaluate(() => {
        try {
          return window.stolen.document?.body?.innerText ?? "";
        } catch {
          return "";
        }
      });
      assert.equal(seen, "");
      await context.close();
    });
  }

  test(`a rebound name gets nothing from ${server}`, async () => {
    const { context, origin, secret } = await start();
    const page = await context.newPage();
    const rebound = origin.replace("127.0.0.1", "rebound.example");
    for (const path of ["/", secret]) {
      const response = await page.goto(rebound + path);
      assert.ok([400, 401, 403].includes(response.status()), `${response.status()}`);
      assert.doesNotMatch(await response.text(), /home|Plan the garden/);
    }
    await context.close();
  });

  test(`a profile without the cookie gets nothing from ${server}`, async () => {
    const { context, origin, secret } = await start();
    const other = await browser.newContext();
    const page = await other.newPage();
    for (const path of ["/", secret]) {
      assert.ok([401, 403].includes((await page.goto(origin + path)).status()));
    }
    await other.close();
    await context.close();
  });
}

test("a page of the broker's own origin uses its WebSocket and its event stream", {
  skip: !hasBroker && "there is no pintle serve",
}, async () => {
  // A gateway with an event stream, which goes on for as long as it is read.
  const answers = {
    "/api/status": [200, '{"version":"0.16.0","auth_required":false}'],
    "/api/auth/providers": [401, '{"detail":"Unauthorized"}'],
  };
  const events = http.createServer((request, response) => {
    const [status, text] = answers[request.url] ?? [200];
    response.writeHead(status, { "Content-Type": text ? "application/json" : "text/event-stream" });
    if (text) return response.end(text);
    return response.write(`data: ${request.headers["x-hermes-session-token"] ? "signed in" : ""}\n\n`);
  });
  await new Promise((resolve) => events.listen(0, "127.0.0.1", resolve));
  cleanUp(() => { events.closeAllConnections?.(); events.close(); });
  await home.run("add", "events", `http://127.0.0.1:${events.address().port}`, "--token-file",
    home.tokenFile);
  const streaming = await Program.start(["serve", "events", "--json"], home.env);
  const read = async ({ json }) => fs.readFileSync(json.token_file, "utf8").trim();
  const page = await (await browser.newContext()).newPage();
  const eventToken = await read(streaming);
  await page.goto(`${streaming.json.url}/api/status?token=${eventToken}`);
  assert.equal(await page.evaluate((token) => new Promise((resolve, reject) => {
    const source = new EventSource(`/api/events?token=${token}`);
    source.onmessage = ({ data }) => { source.close(); resolve(data); };
    source.onerror = () => reject(new Error("no event stream"));
  }), eventToken), "signed in");

  const { context, origin, token } = await broker();
  for (const query of ["", `?token=${token}`]) {
    const own = await context.newPage();
    await own.goto(`${origin}/api/sessions${query}`);
    const first = await own.evaluate((address) => new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = () => reject(new Error("no WebSocket"));
    }), `${origin.replace("http", "ws")}/api/ws${query}`);
    assert.match(first, /gateway\.ready/);
  }
  await context.close();
  await page.context().close();
});

/** Sends a request as another user and returns what came back. */
function askAsNobody(address) {
  const script = `
    const { port, pathname, search } = new URL(process.argv[1]);
    const socket = require("net").connect(port, "127.0.0.1", () => socket.write("GET " + pathname
      + search + " HTTP/1.1\\r\\nHost: 127.0.0.1:" + port + "\\r\\nConnection: close\\r\\n\\r\\n"));
    socket.setTimeout(10000, () => { process.stdout.write("TIMEOUT"); socket.destroy(); });
    socket.on("data", (data) => process.stdout.write(data));
    socket.on("error", () => {});`;
  const ran = spawnSync(process.execPath, ["-e", script, address],
    { uid: 65534, gid: 65534, encoding: "utf8", cwd: "/" });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}
const skip = process.getuid() !== 0 && "only root can be another user";

test("another user of this machine gets nothing, and uses up no address", { skip }, async () => {
  const fresh = await home.ui();
  const { address } = fresh.json;
  assert.equal(askAsNobody(address), "");
  assert.equal(askAsNobody(new URL("/", address).href), "");
  const page = await openPage(fresh);
  await page.waitForSelector("#connections");
  await page.close();
});

test("another user gets nothing from the broker, even with its token", {
  skip: skip || (!hasBroker && "there is no pintle serve"),
}, async () => {
  const { context, origin, token } = await broker();
  assert.doesNotMatch(askAsNobody(`${origin}/api/sessions?token=${token}`), /200 OK|Plan the garden/);
  await context.close();
});

test("an address opens the page once", async () => {
  const fresh = await home.ui();
  const first = await fetch(fresh.json.address, { redirect: "manual" });
  assert.equal(first.status, 303);
  const cookie = first.headers.get("set-cookie");
  assert.match(cookie, /^pintle_ui_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal((await fetch(fresh.json.address, { redirect: "manual" })).status, 403);
});

test("every response carries the headers that protect it", async () => {
  const { origin } = new URL(ui.json.address);
  const { headers } = await fetch(origin);
  assert.equal(headers.get("content-security-policy"),
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
  assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
});

test("many idle connections do not keep the page from its user", async () => {
  const fresh = await home.ui();
  const { port: its } = new URL(fresh.json.address);
  const idle = Array.from({ length: 40 }, () => net.connect(Number(its), "127.0.0.1"));
  for (const socket of idle) socket.on("error", () => {});
  const page = await openPage(fresh);
  await page.waitForSelector("#detail > *");
  for (const socket of idle) socket.destroy();
  await page.close();
});
