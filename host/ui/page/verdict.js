// SPDX-License-Identifier: Apache-2.0
//
// What a probe found: the gateway, the schemes, and why one was chosen.

import { h, spinner } from "/dom.js";
import { errorNotice } from "/errors.js";
import { foundBy } from "/words.js";

/** One line on where the probe is. */
export function probeLine(state) {
  const { phase, answer } = state;
  if (phase === "idle") return [];
  if (phase !== "answered") return [spinner(), h("span", {}, "Asking the gateway…")];
  if (answer.error && !answer.probe) {
    return [h("span", { class: "dot bad", "aria-hidden": "true" }), h("span", {}, foundBy(answer.error))];
  }
  const { probe } = answer;
  const gate = probe.auth_required ? "it requires a sign-in" : "it requires its session token";
  return [
    h("span", { class: "dot good", "aria-hidden": "true" }),
    h("span", {}, `Gateway ${probe.version || "of unknown version"} · ${gate}`),
  ];
}

/** The failure of a probe: what stands in front of the gateway, or the error, with the URL that was
    meant or a retry as a button. */
export function probeFailure({ error, meant, offer }, { useUrl, again } = {}) {
  if (offer?.kind === "front") {
    return h("div", { class: "notice warn", "data-layer": error.layer }, h("p", {},
      h("strong", {}, `${offer.providers[0].label}. `), "Sign in to it first; the gateway's own sign-in comes after it."));
  }
  const button = (text, click) => h("button", { type: "button", class: "plain", on: { click } }, text);
  if (meant && useUrl) return errorNotice({ ...error, hint: "" }, button(`Use ${meant}`, () => useUrl(meant)));
  // Another try changes nothing about what was typed.
  return errorNotice(error, again && !error.field && button("Try again", again));
}

/** The whole verdict, to be unfolded. An error is shown above it. */
export function verdict(answer) {
  const parts = [];
  if (answer?.probe) parts.push(facts(answer));
  if (answer?.schemes?.length) parts.push(schemes(answer.schemes));
  return parts.length > 0 ? parts : h("p", { class: "muted" }, "The gateway has not answered yet.");
}

function facts({ url, probe, scheme, library, ms }) {
  const rows = [
    ["Gateway", url],
    ["Version", `${probe.version || "not said"}${probe.release_date ? ` (${probe.release_date})` : ""}`],
    ["Gate", probe.auth_required ? "on" : "off"],
    ["Sign-in", probe.providers.map((p) =>
      `${p.display_name}${p.supports_password ? " (password)" : ""}`).join(", ")],
    ["Flows", probe.auth_flows.join(", ")],
    ["State", probe.overall],
    ["Scheme", scheme],
    ["From", library],
    ["Answered in", `${ms} ms`],
  ];
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value)
    .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

const VERDICT_CLASS = { chosen: "good", refused: "bad" };

function schemes(rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Schemes" },
    h("table", {},
      h("thead", {}, h("tr", {}, ["Scheme", "Score", "Verdict", "Why"].map((name) =>
        h("th", { scope: "col" }, name)))),
      h("tbody", {}, rows.map((row) => h("tr", {},
        h("td", {}, row.scheme),
        h("td", {}, row.score || "–"),
        h("td", { class: VERDICT_CLASS[row.verdict] }, row.verdict),
        h("td", {}, row.why))))));
}

/** A disclosure whose content is made when it is opened, and again by `refresh`. */
export function unfold(title, content) {
  const inside = h("div", { class: "inside" });
  const element = h("details", { on: { toggle: () => element.refresh() } }, h("summary", {}, title), inside);
  element.refresh = () => {
    if (element.open) inside.replaceChildren(...[content()].flat());
  };
  return element;
}
