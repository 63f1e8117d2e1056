// SPDX-License-Identifier: Apache-2.0
//
// The page: the list of connections, and the one that the address names.

import { getState, post } from "/api.js";
import { actionButton, announce, errorNotice, fill, h } from "/dom.js";
import { Detail } from "/detail.js";
import { ConnectionForm } from "/form.js";

// Other programs change the connections too; and the server ends when no page asks any more.
const POLL_MS = 15_000;

const $ = (id) => document.getElementById(id);

let state = { connections: [] };
let view = null;
let shown = "";

const find = (name) => state.connections.find((connection) => connection.name === name);

const actions = {
  names: () => state.connections.map(({ name }) => name),
  async reload(note = "") {
    await load();
    if (note && view?.note) view.note(note);
  },
  saved(name) {
    announce(`${name} is saved`);
    location.hash = `#/c/${name}`;
  },
  signIn(name, provider, method) {
    history.replaceState(null, "", `#/c/${name}`);
    route();
    view.signIn(provider, method);
  },
  remove: askToRemove,
};

function credential({ session, token, inputs }) {
  if (session) return { dot: "good", text: "signed in" };
  if (token || inputs.length > 0) return { dot: "good", text: "credential saved" };
  return { dot: "", text: "not signed in" };
}

function item(connection) {
  const { dot, text } = credential(connection);
  return h("li", {}, h("a", {
    class: "connection", href: `#/c/${connection.name}`,
    "aria-current": shown === `#/c/${connection.name}` ? "page" : null,
  },
  h("span", { class: `dot ${dot}`, role: "img", "aria-label": text, title: text }),
  h("span", { class: "name" }, connection.name),
  connection.current ? h("span", { class: "badge" }, "Current") : null,
  h("span", { class: "where" }, connection.display_url)));
}

let listText = "";
function showList() {
  const text = JSON.stringify([state.connections.map(({ answer, ...rest }) => rest), shown]);
  if (text === listText) return;
  listText = text;
  const focused = document.activeElement?.closest?.("#connections a")?.getAttribute("href");
  fill($("connections"), state.connections.length === 0
    ? h("li", { class: "none" }, "No connections are saved.") : state.connections.map(item));
  if (focused) $("connections").querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function show(next, address) {
  view?.stop?.();
  view = next;
  shown = address;
  fill($("detail"), next.element);
  showList();
}

function welcome() {
  return { element: h("section", { class: "panel", id: "welcome" },
    h("div", { class: "title" }, h("h2", {}, "Connect to a gateway")),
    h("p", { class: "muted" }, "Add a gateway by its URL. How it signs you in is found out as you type."),
    h("div", { class: "actions" }, h("a", { class: "button main", href: "#/new" }, "Add a connection"))) };
}

function route() {
  const [, kind, name] = /^#\/(c|edit|new)\/?(.*)$/.exec(location.hash) ?? [];
  const connection = name ? find(decodeURIComponent(name)) : null;
  if (kind === "new") {
    const form = new ConnectionForm(null, null, actions);
    show(form, "#/new");
    form.focus();
  } else if (kind === "edit" && connection) {
    show(new ConnectionForm(connection, connection.answer, actions), `#/edit/${connection.name}`);
  } else if (kind === "c" && connection) {
    show(new Detail(connection, actions), `#/c/${connection.name}`);
  } else if (state.connections.length > 0) {
    const first = state.connections.find(({ current }) => current) ?? state.connections[0];
    history.replaceState(null, "", `#/c/${first.name}`);
    show(new Detail(first, actions), `#/c/${first.name}`);
  } else {
    show(welcome(), "");
  }
  document.title = connection ? `${connection.name} – Pintle` : "Pintle";
}

async function load() {
  try {
    state = await getState();
    fill($("banner"), state.warning);
  } catch (error) {
    fill($("banner"), `${error.message}. ${error.hint ?? ""}`);
    return false;
  }
  $("version").textContent = state.version;
  const name = /^#\/c\/(.*)$/.exec(shown)?.[1];
  if (name && find(name)) view.update(find(name));
  else if (name) route();
  showList();
  return true;
}

function askToRemove(connection) {
  const dialog = h("dialog", { "aria-labelledby": "remove-title" });
  const trouble = h("div", { role: "alert" });
  const remove = async () => {
    try {
      const { note } = await post("/api/connections/remove", { name: connection.name });
      dialog.close();
      location.hash = "#/";
      await load();
      announce(note);
    } catch (error) {
      fill(trouble, errorNotice(error));
    }
  };
  fill(dialog,
    h("h2", { id: "remove-title" }, `Remove ${connection.name}?`),
    h("p", {}, connection.session
      ? "Its session is deleted here. It stays valid at the gateway until it expires; sign out first to end it."
      : "Its settings are deleted here."),
    trouble,
    h("div", { class: "actions" },
      actionButton("Remove", { class: "danger", id: "confirm-remove" }, remove),
      h("button", { type: "button", on: { click: () => dialog.close() } }, "Keep")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

window.addEventListener("hashchange", () => { if (location.hash !== shown) route(); });
if (await load()) route();
setInterval(load, POLL_MS);
