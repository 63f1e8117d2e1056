// SPDX-License-Identifier: Apache-2.0
//
// What the chosen scheme declares that a connection may set: a field for each. A secret is sent once
// and never shown.

import { field, fill, h } from "/dom.js";

function control({ key, default: usual, secret }, value) {
  return h("input", {
    type: secret ? "password" : "text", id: `setting-${key}`, value, placeholder: usual,
    autocomplete: "off", spellcheck: "false", autocapitalize: "off",
  });
}

function help({ default: usual, secret }, isKept) {
  if (!secret) return usual ? `If empty: ${usual}` : "";
  return isKept ? "Leave it empty to keep the saved one."
    : "Saved in a file that only you can read. It is not shown again.";
}

export class SettingsFields {
  element = h("div", { class: "fields", id: "settings" });
  #rows = [];
  #text = "[]";

  /** Shows the settings of the scheme that `answer` chose; `saved` is the connection to that URL,
      null for a new one. What was typed is kept while they are the same. */
  show(answer, saved) {
    const offer = answer?.offer;
    const declared = offer?.settings ?? [];
    const kept = saved?.inputs.map(({ key }) => key) ?? [];
    const text = JSON.stringify(declared.length ? [declared, saved?.settings, kept, answer.url] : []);
    if (text === this.#text) return;
    this.#text = text;
    this.#rows = declared.map((setting) => {
      const was = setting.secret ? "" : saved?.settings[setting.key] ?? "";
      return { ...setting, was, control: control(setting, was) };
    });
    fill(this.element, ...this.#rows.map((row) =>
      field(row.label, row.control, help(row, kept.includes(row.key)))));
  }

  /** Those that are no secrets; an empty one is the default. */
  values() {
    return Object.fromEntries(this.#rows.filter(({ secret }) => !secret)
      .map(({ key, control: { value } }) => [key, value.trim()]));
  }

  /** The secrets that were typed: {key, control}. */
  secrets() {
    return this.#rows.filter(({ secret, control: { value } }) => secret && value);
  }

  get isTouched() {
    return this.#rows.some(({ was, control: { value } }) => value !== was);
  }

  controlOf({ field: name }) {
    return this.#rows.find(({ key }) => key === name)?.control;
  }
}
