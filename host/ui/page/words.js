// SPDX-License-Identifier: Apache-2.0
//
// What the page calls the layers of an error and the states of a live connection.

/** One for each layer (pintle/core/base/layer.h). */
const LAYERS = {
  "config": "Settings",
  "dns": "Host name",
  "tcp": "Connection",
  "proxy": "Proxy",
  "tls": "TLS",
  "access-proxy": "Access proxy",
  "host-guard": "Host name",
  "gate": "Sign-in",
  "provider": "Identity provider",
  "session": "Session",
  "ticket": "WebSocket ticket",
  "websocket": "WebSocket",
  "protocol": "Response",
  "plugin": "Sign-in scheme",
  "store": "File",
  "rate-limit": "Rate limit",
};

export const layerName = (layer) => LAYERS[layer] ?? layer ?? "";

/** What to do about an error whose own advice is for the command line. */
const HINTS = {
  "proxy": "Check the proxy in the options of the connection.",
  "tls": "If you trust the server, set its certificates in the options of the connection.",
  "gate": "Sign in, or replace the token.",
  "session": "Sign in again.",
  "ticket": "Sign in again.",
};

export const hintFor = ({ layer, hint }) => hint ?? HINTS[layer] ?? "";

const FOUND = {
  "dns": "No such host",
  "tcp": "Nothing answers there",
  "proxy": "The proxy does not get through",
  "tls": "A server is there, but its TLS cannot be used",
  "access-proxy": "Something else answers in the gateway's place",
  "host-guard": "A gateway is there, but not under this host name",
  "protocol": "A server is there, but no gateway",
  "rate-limit": "The gateway asks to wait",
};

/** What a probe that failed has found, in a line. */
export function foundBy(error) {
  if (error.field === "url") return "Not a gateway URL";
  if (error.layer === "config") return "These settings cannot be used";
  return FOUND[error.layer] ?? (error.layer ? "The gateway did not answer" : "Not asked");
}

const STATES = {
  "dialling": "connecting",
  "needs-sign-in": "not signed in",
};

export const stateName = (state) => STATES[state] ?? state;
