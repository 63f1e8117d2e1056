// SPDX-License-Identifier: Apache-2.0
//
// Watches a form from before it is there: after every change of the page, which of token box and
// sign-in buttons can be seen, and whether the gateway of the typed URL has answered.

/** Runs in the page, before its scripts. */
export function recorder() {
  const log = [];
  window.__recorder = { log, violations: [] };
  let asked = null;
  const fetchNow = window.fetch;
  window.fetch = async (path, options) => {
    if (path !== "/api/probe") return fetchNow(path, options);
    const probe = { url: JSON.parse(options.body).url, answered: false };
    asked = probe;
    const response = await fetchNow(path, options);
    const json = response.json.bind(response);
    response.json = async () => {
      const answer = await json();
      probe.answered = true;
      return answer;
    };
    return response;
  };
  const look = () => {
    const form = document.getElementById("form");
    if (!form) return;
    const seen = { token: form.querySelector("#token") !== null,
      buttons: form.querySelectorAll("[data-provider]").length };
    const typed = form.querySelector("#url").value;
    const answered = asked !== null && asked.answered && asked.url === typed;
    const entry = { ...seen, answered, typed };
    const last = log.at(-1);
    if (JSON.stringify(last) !== JSON.stringify(entry)) log.push(entry);
    if (seen.token && seen.buttons > 0) window.__recorder.violations.push({ both: entry });
    if ((seen.token || seen.buttons > 0) && !answered) window.__recorder.violations.push({ early: entry });
  };
  new MutationObserver(look).observe(document,
    { childList: true, subtree: true, attributes: true, characterData: true });
  document.addEventListener("input", () => queueMicrotask(look));
  const everyFrame = () => {
    look();
    requestAnimationFrame(everyFrame);
  };
  requestAnimationFrame(everyFrame);
}

export const recorded = (page) => page.evaluate(() => window.__recorder);
