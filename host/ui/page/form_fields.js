// SPDX-License-Identifier: Apache-2.0
//
// The fields of a connection's form.

import { field, h, setInvalid } from "/dom.js";
import { errorText } from "/errors.js";

const input = (name, value, more = {}) => h("input", {
  type: "text", name, value, spellcheck: "false", autocomplete: "off", autocapitalize: "off", ...more,
});

/** A name for the gateway at `url` that is not in `taken`. */
export function nameFor(url, taken) {
  const host = /^https?:\/\/([^/:?#[\]]+)/.exec(url)?.[1] ?? "";
  const base = (/^[\d.]+$/.test(host) ? "gateway" : host.split(".")[0])
    .replace(/[^A-Za-z0-9_-]/g, "") || "gateway";
  let name = base;
  for (let i = 2; taken.includes(name); ++i) name = `${base}-${i}`;
  return name;
}

export class FormFields {
  url;
  name;
  #ca;
  #certificate;
  #key;
  #proxy;
  #plain;
  #hasOwnName;

  /** `probe` is called when something is typed that the gateway is asked with. */
  constructor(saved, probe) {
    const on = { input: probe };
    this.#hasOwnName = Boolean(saved);
    this.url = input("url", saved?.url ?? "", { class: "mono", inputmode: "url", id: "url",
      placeholder: "https://", "aria-required": "true", on });
    this.name = input("name", saved?.name ?? "", { id: "name", "aria-required": "true",
      on: { input: () => { this.#hasOwnName = this.name.value !== ""; } } });
    this.#ca = input("ca_file", saved?.options.ca_file ?? "", { class: "mono", on });
    this.#certificate = input("client_certificate", saved?.options.client_certificate ?? "",
      { class: "mono", on });
    this.#key = input("client_key", saved?.options.client_key ?? "", { class: "mono", on });
    this.#proxy = input("proxy", saved?.options.proxy ?? "", { class: "mono", on });
    this.#plain = h("input", { type: "checkbox", id: "plain", on });
    this.#plain.checked = saved?.options.allow_plain_http ?? false;
  }

  options() {
    return h("details", {}, h("summary", {}, "Options"), h("div", { class: "inside" },
      field("Certificates to trust (PEM file)", this.#ca, "Instead of the system's"),
      h("div", { class: "pair" },
        field("Client certificate", this.#certificate, "PEM, PKCS#12 or a pkcs11: URI, if the gateway asks for one"),
        field("Its key", this.#key, "If it is in another file")),
      field("Proxy", this.#proxy, "http://… or socks5://…; empty: that of the environment"),
      h("div", { class: "check" }, this.#plain,
        h("label", { for: "plain" }, "Allow secrets to be sent unencrypted to another machine"))));
  }

  /** What a probe needs. */
  values() {
    return { url: this.url.value, ca_file: this.#ca.value.trim(),
      client_certificate: this.#certificate.value.trim(), client_key: this.#key.value.trim(),
      proxy: this.#proxy.value.trim(), allow_plain_http: this.#plain.checked };
  }

  areAsSaved({ url, options }) {
    return JSON.stringify(this.values()) === JSON.stringify({ url, ca_file: options.ca_file ?? "",
      client_certificate: options.client_certificate ?? "", client_key: options.client_key ?? "",
      proxy: options.proxy ?? "", allow_plain_http: options.allow_plain_http ?? false });
  }

  suggestName(url, taken) {
    if (!this.#hasOwnName) this.name.value = nameFor(url, taken);
  }

  /** Marks the option that the gateway could not be asked with, and no other. */
  markOptions(error) {
    for (const control of this.#options) {
      setInvalid(control, error?.field === control.name ? errorText(error) : null);
    }
  }

  /** Returns the control of an error, or nothing. */
  controlOf({ field: name }) {
    return [this.url, this.name, ...this.#options].find((control) => control.name === name);
  }

  get #options() {
    return [this.#ca, this.#certificate, this.#key, this.#proxy];
  }
}
