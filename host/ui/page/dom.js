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

const watched = new WeakSet();

/** A label, a control and a line of help that belongs to it. */
export function field(label, control, help = "") {
  control.id ||= newId("field");
  const helpLine = help && h("p", { class: "help", id: newId("help") }, help);
  if (helpLine) control.dataset.help = helpLine.id;
  setInvalid(control, null);
  if (!watched.has(control)) control.addEventListener("input", () => setInvalid(control, null));
  watched.add(control);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, helpLine);
}

/** Marks a control as invalid: `why` is a text, which is shown beneath it, or an element that is
    shown elsewhere. Null: it is valid; so it is when something is typed. */
export function setInvalid(control, why) {
  document.getElementById(`${control.id}-error`)?.remove();
  delete control.dataset.error;
  if (why instanceof Node) {
    control.dataset.error = why.id ||= newId("error");
  } else if (why) {
    const line = h("p", { class: "field-error", id: `${control.id}-error` }, why);
    control.after(line);
    control.dataset.error = line.id;
  }
  if (why) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
  describe(control);
}

function describe(control) {
  const { error, help } = control.dataset;
  const ids = [error, help].filter(Boolean).join(" ");
  if (ids) control.setAttribute("aria-describedby", ids);
  else control.removeAttribute("aria-describedby");
}

/** Runs `change`, which replaces what is in `element`; what had the focus there has it again. */
export function keepFocus(element, change) {
  const { activeElement: before } = document;
  const had = element.contains(before) && before !== element;
  change();
  if (!had || document.activeElement === before) return;
  const after = before.id ? element.querySelector(`#${CSS.escape(before.id)}`) : null;
  (after ?? element.querySelector("button, a, input"))?.focus();
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
