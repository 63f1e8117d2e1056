// SPDX-License-Identifier: Apache-2.0
//
// Keeps the page up to date. The browser's other tabs tell what they have changed; what other
// programs and browsers change is seen when the page comes into view, and every few seconds.

const POLL_MS = 5_000;
// The server ends when no page asks any more, so a hidden one asks too, but less often.
const POLLS_WHILE_HIDDEN = 3;

const channel = new BroadcastChannel("pintle");

/** Tells the other tabs that something has changed: {}, or {from, to} for a new name. */
export const tellOtherTabs = (change = {}) => channel.postMessage(change);

/** Calls `look(change)` when another tab has changed something, when the page comes into view, and
    with {isPoll: true} every few seconds. */
export function watch(look) {
  channel.addEventListener("message", ({ data }) => look(data));
  window.addEventListener("focus", () => look({}));
  window.addEventListener("pageshow", () => look({}));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look({});
  });
  let polls = 0;
  setInterval(() => {
    polls += 1;
    if (!document.hidden || polls % POLLS_WHILE_HIDDEN === 0) look({ isPoll: true });
  }, POLL_MS);
}
