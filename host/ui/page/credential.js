// SPDX-License-Identifier: Apache-2.0
//
// The credential of a saved connection: what is saved, what its gateway says, and how to sign in.

import { isAbort, post, postSecret } from "/api.js";
import { actionButton, fill, h, setInvalid } from "/dom.js";
import { errorText, isSameError } from "/errors.js";
import { Offer } from "/offer.js";
import { Prober } from "/prober.js";
import { probeFailure, probeLine } from "/verdict.js";

const date = (ms) => new Date(Number(ms)).toLocaleString(undefined,
  { dateStyle: "medium", timeStyle: "short" });

function whoText({ facts }) {
  const who = [facts.user && `as ${facts.user}`, facts.provider && `with ${facts.provider}`]
    .filter(Boolean).join(" ");
  const until = facts.expires_ms && Number(facts.expires_ms) > Date.now()
    ? `until ${date(facts.expires_ms)}, then renewed` : "";
  return { who, until };
}

/** What is saved, in two lines. */
function savedLines({ session, token, inputs }, status) {
  if (session) {
    const { who, until } = status?.signed_in ? whoText(status) : { who: "", until: "" };
    return [`Signed in ${who}`.trim(), until];
  }
  if (token) {
    return [token.preview ? `Session token ${token.preview}` : "Session token", `from ${token.from}`];
  }
  if (inputs.length > 0) {
    return [`Saved: ${inputs.map(({ key }) => key).join(", ")}`, `from ${inputs[0].from}`];
  }
  return ["Not signed in", ""];
}

export class Credential {
  /** What the gateway answered last, also before this page. */
  answer = null;
  element = h("section", { class: "panel", "aria-label": "Credential" });
  #connection;
  #owner;
  #asking = null;
  #status = null;
  #replaces = false;
  #shownElsewhere = [];
  #kept = h("div", { class: "kept", id: "kept" });
  #line = h("p", { class: "line", id: "probe-line", role: "status" });
  #failure = h("div", { id: "probe-failure" });
  #offered = h("div", { class: "fields" });
  #box = h("div", { class: "answer" });
  #drawn = {};
  #offer;
  #save = actionButton("Save token", { class: "main", id: "save-token" }, () => this.#saveToken());
  #prober = new Prober(() => this.#showProbe());

  /** `owner` has signIn(provider, method), answered(answer), tokenSaved() and outOfDate(error). */
  constructor(owner) {
    this.#owner = owner;
    this.#offer = new Offer((provider, method) => owner.signIn(provider, method));
    fill(this.element, this.#kept, fill(this.#box, this.#line, this.#failure, this.#offered));
  }

  /** Shows the connection as it is now. Another gateway is asked anew. */
  update(connection) {
    const { name, url, options, session } = connection;
    if (url !== this.#connection?.url) this.answer = connection.answer ?? null;
    this.#connection = connection;
    if (!session) this.#status = null;
    else if (!this.#status) this.#askStatus();
    this.#draw();
    this.#prober.set({ name, url, options, saved: true }, 0);
  }

  /** Asks again what may have changed elsewhere. */
  refresh() {
    if (this.#connection.session) this.#askStatus();
    this.retry();
  }

  /** Asks the gateway again if it did not answer. */
  retry() {
    this.#prober.retry();
  }

  setStatus(status) {
    this.#status = status;
    this.#draw();
  }

  setBusy(isBusy) {
    this.#offer.setBusy(isBusy);
  }

  /** The errors that are in view beside this panel: none is shown twice. */
  setShownElsewhere(errors) {
    this.#shownElsewhere = errors;
    this.#draw();
  }

  stop() {
    this.#asking?.abort();
    this.#prober.stop();
  }

  // Only of a session: to look at a token may run a command that asks the user.
  async #askStatus() {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      this.#status = await post("/api/status", { name: this.#connection.name }, asking.signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.#status = null;
    }
    this.#draw();
  }

  #showProbe() {
    const { state } = this.#prober;
    fill(this.#line, probeLine(state));
    // A gateway that does not answer says nothing on how to sign in, but what stands in front does.
    if (state.answer?.probe || state.answer?.offer) this.answer = state.answer;
    this.#draw();
    if (state.answer) this.#owner.answered(state.answer);
  }

  // Runs `draw` if `data` is not what was drawn last: what has the focus stays.
  #ifNew(what, data, draw) {
    const text = JSON.stringify(data);
    if (text === this.#drawn[what]) return;
    this.#drawn[what] = text;
    draw();
  }

  #draw() {
    const { session, token, inputs } = this.#connection;
    const kind = this.answer?.offer?.kind;
    const isUnused = kind === "sign-in" && token && !session;
    const isSaved = Boolean(session || inputs.length > 0);
    // What is there already needs no second one in view.
    const isOffered = kind === "front"
      || (kind === "token" ? !token || this.#replaces : !isSaved || isUnused);
    this.#box.classList.toggle("short", isSaved);
    this.#drawKept(isSaved);
    this.#drawFailure(isUnused);
    this.#offer.show(isOffered ? this.answer : null);
    this.#ifNew("offered", [isOffered, kind], () => fill(this.#offered, isOffered && this.#offer.element,
      isOffered && kind === "token" && h("div", { class: "actions" }, this.#save)));
  }

  // Two lines from the beginning, so that nothing moves when the details are there.
  #drawKept(isSaved) {
    const { token } = this.#connection;
    const [first, second] = savedLines(this.#connection, this.#status);
    this.#ifNew("kept", [first, second, isSaved, token?.kept_here], () => fill(this.#kept,
      h("span", { class: `dot ${isSaved ? "good" : "warn"}`, "aria-hidden": "true" }),
      h("p", { class: "what" }, h("strong", {}, first), h("span", { class: "muted" }, second || " ")),
      token?.kept_here && h("button", { type: "button", class: "small", id: "replace-token",
        on: { click: () => this.#replaceToken() } }, "Replace")));
  }

  #drawFailure(isUnused) {
    const { answer } = this.#prober.state;
    const error = answer?.error;
    const isShown = error && !this.#shownElsewhere.some((other) => isSameError(other, error));
    this.#ifNew("failure", [isShown && error, isUnused], () => fill(this.#failure,
      isShown && probeFailure(answer, { again: () => this.#prober.again() }),
      isUnused && h("p", { class: "notice warn" },
        "The gateway requires a sign-in now; the saved token is not used.")));
  }

  #replaceToken() {
    this.#replaces = true;
    this.#draw();
    this.#offer.token.focus();
  }

  async #saveToken() {
    const { token } = this.#offer;
    const { name, version } = this.#connection;
    if (!token.value.trim()) {
      setInvalid(token, "Type or paste the session token.");
      token.focus();
      return;
    }
    try {
      await postSecret("/api/connections/secret", { name, version, key: "token" }, token.value);
    } catch (error) {
      if (error.out_of_date) {
        this.#owner.outOfDate(error);
        return;
      }
      setInvalid(token, errorText(error));
      token.focus();
      return;
    }
    token.value = "";
    this.#replaces = false;
    await this.#owner.tokenSaved();
  }
}
