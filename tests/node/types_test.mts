// SPDX-License-Identifier: Apache-2.0
//
// What an app writes in TypeScript; compiled, and not run.

import {
  connect, Connection, Host, Live, LiveEvent, open, PintleError, RpcError, version,
  type LiveState, type SessionStore, type SignInUi,
} from "pintle";
import { installIpc, mainFunctions, trustedPages, type IpcMain } from "pintle/electron";

const store: SessionStore = {
  load: async ({ connection, url, scheme }) => connection + url + scheme,
  save: async (_key, session) => { session.toString("base64"); },
  erase: () => {},
};
const host = new Host({
  sessions: store, bundledOnly: true, cage: "always", pins: { token: "sha256:00" },
  log: { level: "debug", hook: ({ level, area, fields }) => console.log(level, area, fields.total_ms) },
});
const ui: SignInUi = {
  showMessage: (text) => console.log(text),
  ask: async ({ key, secret }, { signal }) => signal.aborted ? undefined : secret ? Buffer.from(key) : key,
  openBrowser: (url) => url.startsWith("http://127.0.0.1"),
};

export async function main(ipcMain: IpcMain): Promise<void> {
  const connection: Connection = host.connection({
    url: "https://gateway.example", inputs: { token: { file: "/run/token" }, other: { callback: async (key) => key } },
  });
  const found = await connection.probe({ signal: AbortSignal.timeout(1000) });
  const names: string[] = found.providers.map(({ name }) => name);
  await connection.signIn(ui, { method: "password", provider: names[0] });
  const response = await connection.call({ target: "/api/sessions", headers: { accept: "application/json" } });
  const body: Buffer = response.body;
  console.log(response.json().total, body.length, response.headers["content-type"], version);
  await using live: Live = connection.live({ resume: true });
  live.on("state", (state: LiveState) => { if (state.error) console.log(state.error.hint); });
  live.once("request", (request) => request.answer({ ok: true }));
  await live.ready({ timeoutMs: 1000 });
  const { sessions } = await live.rpc<{ sessions: { session_id: string }[] }>("session.list", {}, { idempotent: true });
  console.log(sessions[0]?.session_id.length);
  for await (const received of live) {
    if (received instanceof LiveEvent) console.log(received.type, received.payload, received.seq ?? 0);
    else if (received.kind === "message") console.log(received.data.length);
  }
  try {
    await connect("home").rpc("x");
  } catch (error) {
    if (error instanceof PintleError && error.signInRequired) await open("home").signIn(ui);
    if (error instanceof RpcError) console.log(error.code, error.data);
  }
  const remove: () => void = installIpc(ipcMain, { home: connection }, { isTrustedSender: trustedPages("app://main/") });
  remove();
  const { url, singleUse } = await mainFunctions(connection).wsUrl({ gateway: "home" });
  console.log(url.length, singleUse);
}

// @ts-expect-error: a secret is not a plain text
host.connection({ url: "x", inputs: { token: "text" } });
// @ts-expect-error: no such option
host.connection({ url: "x", timeoutMS: 5 });
// @ts-expect-error: no such event
connect("home").on("opened", () => {});
// @ts-expect-error: isTrustedSender is required
installIpc({} as IpcMain, host.connection("x"), {});
// @ts-expect-error: a connection is opened by a host
new Connection();
