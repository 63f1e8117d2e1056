// SPDX-License-Identifier: Apache-2.0
//
// Elements from data. Text goes in as text, never as markup: much of it is a gateway's.

/** h("button", {class: "main", on: {click}}, "Save"): null and false children are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "value") {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces the content of `element`. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

let ids = 0;
export const newId = (prefix) => `${prefix}-${++ids}`;

/** A label, a control and a line of help that belongs to it. */
export function field(label, control, help = "") {
  control.id ||= newId("field");
  const helpId = help ? newId("help") : null;
  if (helpId) control.setAttribute("aria-describedby", helpId);
  return h("div", { class: "field" },
    h("label", { for: control.id }, label),
    control,
    help && h("p", { class: "help", id: helpId }, help));
}

/** A text with its http(s) addresses as links. */
export function withLinks(text) {
  return text.split(/(https?:\/\/[^\s]+)/).map((part) =>
    /^https?:\/\//.test(part)
      ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer", class: "mono" }, part)
      : part);
}

export function lines(text) {
  return text.split("\n").map((line) => h("p", {}, withLinks(line)));
}

/** An error of the server: what failed, and what to do. */
export function errorNotice(error, ...more) {
  return h("div", { class: "notice bad", "data-layer": error.layer },
    h("p", {}, h("strong", {}, layerName(error.layer)), sentence(error.message, error.status)),
    error.hint && h("p", { class: "hint" }, error.hint),
    more);
}

function layerName(layer) {
  return layer ? `${layer[0].toUpperCase()}${layer.slice(1)}: ` : "";
}

function sentence(message, status) {
  return `${message}${status ? ` (HTTP ${status})` : ""}.`;
}

export const spinner = () => h("span", { class: "spinner", "aria-hidden": "true" });

/** Says something to a screen reader. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** A button that is off while its action runs. */
export function actionButton(label, props, action) {
  const button = h("button", { type: "button", ...props }, label);
  button.addEventListener("click", async () => {
    if (button.disabled) return;
    button.disabled = true;
    try {
      await action(button);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}
