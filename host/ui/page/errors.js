// SPDX-License-Identifier: Apache-2.0
//
// How an error of the server is shown.

import { h } from "/dom.js";
import { hintFor, layerName } from "/words.js";

const sentence = ({ message, status }) =>
  `${message.replace(/\.$/, "")}${status ? ` (HTTP ${status})` : ""}.`;

const upper = (text) => text[0].toUpperCase() + text.slice(1);

/** What failed, and what to do. One that is about a field needs no layer. */
export function errorNotice(error, ...more) {
  const layer = error.field ? "" : layerName(error.layer);
  const hint = hintFor(error);
  return h("div", { class: "notice bad", "data-layer": error.layer },
    h("p", {}, layer ? [h("strong", {}, `${layer}: `), sentence(error)] : upper(sentence(error))),
    hint && h("p", { class: "hint" }, hint),
    more);
}

/** The same as one text, for beneath a field. */
export function errorText(error) {
  const text = `${sentence(error)} ${hintFor(error)}`.trim();
  return upper(text);
}

export const isSameError = (a, b) =>
  Boolean(a && b) && a.layer === b.layer && a.message === b.message;
