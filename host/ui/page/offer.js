// SPDX-License-Identifier: Apache-2.0
//
// How a gateway, or what stands in front of it, lets users in: a button for each provider, or the
// box for a token. One of them, and only when there was an answer.

import { fill, h, field } from "/dom.js";

const FRONT_METHOD_NAMES = {
  paste: "with a Cookie header that is copied from a browser",
};

const METHOD_NAMES = {
  password: "with a password",
  browser: "in this browser",
  paste: "in a browser on another machine",
  window: "in a separate window",
};

export class Offer {
  element = h("div", { class: "offer", id: "offer", "aria-live": "polite" });
  token = h("input", {
    type: "password", class: "mono", id: "token", autocomplete: "off", spellcheck: "false",
    autocapitalize: "off",
  });
  #onSignIn;
  #text = "";
  #url = "";
  #isBusy = false;

  /** `onSignIn(provider, method)` is called for a click. */
  constructor(onSignIn) {
    this.#onSignIn = onSignIn;
  }

  /** Shows what `answer` offers; nothing while there is none. `kept` stands beside the token box:
      what is saved already. */
  show(answer, kept = null) {
    const offer = answer?.offer ?? null;
    // Whatever was typed belongs to the gateway that it was typed for.
    if (answer && answer.url !== this.#url) {
      this.token.value = "";
      this.#url = answer.url;
    }
    const text = JSON.stringify([offer, kept]);
    if (text === this.#text) return;
    this.#text = text;
    fill(this.element, offer && this.#content(offer, kept));
    this.setBusy(this.#isBusy);
  }

  /** While a sign-in is in progress another one cannot be begun. */
  setBusy(isBusy) {
    this.#isBusy = isBusy;
    for (const button of this.element.querySelectorAll("[data-provider], [data-method]")) {
      button.disabled = isBusy;
    }
  }

  get kind() {
    return JSON.parse(this.#text || "[null]")[0]?.kind ?? "";
  }

  #content(offer, kept) {
    if (offer.kind === "token") return this.#tokenBox(kept);
    if (offer.kind === "sign-in") return this.#providers(offer.providers);
    if (offer.kind === "front") {
      return this.#providers(offer.providers.map((provider) => ({ ...provider, isFront: true })));
    }
    return null;
  }

  #tokenBox(kept) {
    return field("Session token", this.token, kept
      ? `Leave it empty to keep ${kept}.`
      : "Saved in a file that only you can read. It is not shown again.");
  }

  #nameOf({ isFront }, method) {
    return (isFront && FRONT_METHOD_NAMES[method]) || (METHOD_NAMES[method] ?? method);
  }

  #providers(providers) {
    const buttons = providers.map((provider, i) => h("button", {
      type: "button", class: i === 0 ? "main" : "", "data-provider": provider.name,
      on: { click: () => this.#onSignIn(provider, provider.methods[0] ?? "") },
    }, provider.isFront ? "Sign in to it" : `Sign in with ${provider.label}`));
    const others = providers.flatMap((provider) => provider.methods.slice(1).map((method) =>
      h("button", {
        type: "button", class: "small", "data-method": method, "data-of": provider.name,
        on: { click: () => this.#onSignIn(provider, method) },
      }, `${providers.length > 1 ? `${provider.label}, ` : ""}${this.#nameOf(provider, method)}`)));
    return [
      h("div", { class: "providers" }, buttons),
      others.length > 0 && h("details", { class: "quiet" }, h("summary", {}, "Other methods"),
        h("div", { class: "inside actions" }, others)),
    ];
  }
}
