// SPDX-License-Identifier: Apache-2.0
//
// The page: the list of connections, and the one that the address names.

import { getState } from "/api.js";
import { announce, fill, h } from "/dom.js";
import { Detail } from "/detail.js";
import { ConnectionForm } from "/form.js";
import { askToRemove } from "/remove_dialog.js";
import { tellOtherTabs, watch } from "/sync.js";

const $ = (id) => document.getElementById(id);

let state = { connections: [] };
let view = null;
let shown = "";

const find = (name) => state.connections.find((connection) => connection.name === name);

// A change may come after the server has read the state, so a load that is asked for during another
// begins when that has ended.
let running = null;
let queued = null;
function load() {
  if (!running) {
    running = loadOnce().finally(() => { running = null; });
    return running;
  }
  queued ??= running.then(() => {
    queued = null;
    return load();
  });
  return queued;
}

/** After a change of this page. */
async function reload(note = "", change = {}) {
  tellOtherTabs(change);
  await load();
  if (note) view.note?.(note);
}

function openConnection(name, note) {
  history.pushState(null, "", `#/c/${name}`);
  route();
  if (note) view.note(note);
}

const actions = {
  names: () => state.connections.map(({ name }) => name),
  reload,
  refresh: load,
  saved(name, note) {
    announce(`${name} is saved`);
    openConnection(name, note);
  },
  /** Shows the form again, with what is saved now. */
  reopen: () => route(),
  signIn(name, provider, method, note) {
    openConnection(name, note);
    view.signIn(provider, method);
  },
  remove: (connection) => askToRemove(connection, {
    find,
    refresh: load,
    async removed(note) {
      history.replaceState(null, "", "#/");
      route(connection.name);
      await reload(note);
      announce(note);
    },
  }),
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
  const note = h("div", { role: "status" });
  return {
    isWelcome: true,
    note: (text) => fill(note, h("p", { class: "notice" }, text)),
    element: h("section", { class: "panel", id: "welcome" },
      h("div", { class: "title" }, h("h2", {}, "Connect to a gateway")),
      h("p", { class: "muted" }, "Add a gateway by its URL. The sign-in method is detected as you type."),
      note,
      h("div", { class: "actions" }, h("a", { class: "button main", href: "#/new" }, "Add a connection"))),
  };
}

/** Shows what the address names. `gone`: a connection that has just been removed. */
function route(gone = "") {
  const [, kind, name] = /^#\/(c|edit|new)\/?(.*)$/.exec(location.hash) ?? [];
  const connections = state.connections.filter((connection) => connection.name !== gone);
  const connection = name ? find(decodeURIComponent(name)) : null;
  if (kind === "new") {
    const form = new ConnectionForm(null, actions);
    show(form, "#/new");
    form.focus();
  } else if (kind === "edit" && connection) {
    show(new ConnectionForm(connection, actions), `#/edit/${connection.name}`);
  } else if (kind === "c" && connection) {
    show(new Detail(connection, actions), `#/c/${connection.name}`);
  } else if (connections.length > 0) {
    const first = connections.find(({ current }) => current) ?? connections[0];
    history.replaceState(null, "", `#/c/${first.name}`);
    show(new Detail(first, actions), `#/c/${first.name}`);
  } else {
    show(welcome(), "");
  }
  document.title = view.name ? `${view.name} – Pintle` : "Pintle";
}

// What another tab has given a new name, by the old one.
const renamed = new Map();

function showGone(name) {
  document.querySelector("dialog[open]")?.close();
  if (view.isForm) {
    view.update(null);
    return;
  }
  const to = renamed.get(name);
  if (find(to)) {
    history.replaceState(null, "", `#/c/${to}`);
    route();
    view.note(`${name} is called ${to} now.`);
    return;
  }
  route();
  view.note(`${name} was removed or renamed in another tab or program.`);
  announce(`${name} was removed or renamed`);
}

async function loadOnce() {
  try {
    state = await getState();
    fill($("banner"), state.warning);
  } catch (error) {
    fill($("banner"), `${error.message}. ${error.hint ?? ""}`);
    return false;
  }
  $("version").textContent = state.version;
  const name = view?.name;
  if (name) {
    const connection = find(name);
    if (connection) view.update(connection);
    else showGone(name);
  } else if (view?.isWelcome && state.connections.length > 0) {
    route();
  }
  showList();
  return true;
}

async function look({ from, to, isPoll = false }) {
  if (from) renamed.set(from, to);
  if (!await load()) return;
  if (isPoll) view?.retry?.();
  else view?.refresh?.();
}

window.addEventListener("hashchange", () => { if (location.hash !== shown) route(); });
if (await load()) route();
watch(look);
