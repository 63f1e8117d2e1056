// SPDX-License-Identifier: Apache-2.0
//
// The server's API. Every change carries the token of GET /api/state, which no other page can read.
// A request that is aborted, or whose page is closed, ends what it started.

let token = "";

/** What the server answers instead of a result; the members of Pintle's errors. */
export class ApiError extends Error {
  constructor(error) {
    super(error.message);
    Object.assign(this, error);
  }
}

const gone = () => new ApiError({
  layer: "", gone: true, message: "pintle ui does not answer",
  hint: "If it has ended, start it again: pintle ui",
});

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error",
      ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw gone();
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  if (response.status === 403) throw gone();
  throw new ApiError(answer?.error ?? { layer: "", message: `HTTP ${response.status}` });
}

const send = (path, text, signal) => ask(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Pintle-Page": token },
  body: text,
  signal,
});

export async function getState() {
  const state = await (await ask("/api/state", {})).json();
  token = state.page_token;
  return state;
}

export async function post(path, body, signal) {
  return (await send(path, JSON.stringify(body), signal)).json();
}

/** Sends a secret as the whole body. It is percent-encoded, so that the server can decode it into
    memory that it wipes. */
export async function postSecret(path, params, secret) {
  const query = new URLSearchParams(params);
  return (await send(`${path}?${query}`, JSON.stringify(encodeURIComponent(secret)))).json();
}

/** Yields the messages of an operation: {event, data}. Throws an ApiError for "error". */
export async function* stream(path, body, signal) {
  const response = await send(path, JSON.stringify(body), signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const message = parse(part);
        if (message === null) continue;
        if (message.event === "error") throw new ApiError(message.data);
        yield message;
      }
    }
  } catch (error) {
    if (error instanceof ApiError || error.name === "AbortError") throw error;
    throw gone();
  } finally {
    reader.cancel().catch(() => {});
  }
}

// Of server-sent events (HTML Living Standard 9.2.6) the two fields that the server uses.
function parse(part) {
  let event = "message";
  let data = null;
  for (const line of part.split("\n")) {
    if (line.startsWith("event: ")) event = line.slice(7);
    if (line.startsWith("data: ")) data = line.slice(6);
  }
  return data === null ? null : { event, data: JSON.parse(data) };
}

export const isAbort = (error) => error?.name === "AbortError";
