// SPDX-License-Identifier: Apache-2.0
//
// Pintle for Node: README.md.

import { standardHost } from "./lib/host.mjs";
import { native } from "./lib/native.mjs";

export { Connection } from "./lib/connection.mjs";
export { PintleError, RpcError } from "./lib/errors.mjs";
export { Host } from "./lib/host.mjs";
export { Live } from "./lib/live.mjs";
export { LiveEvent } from "./lib/records.mjs";

/** The version of the library. */
export const version = native.version;

/** A connection of the standard host: by options, a URL, or the name of a saved connection. */
export const open = (given) => standardHost().connection(given);

/** A live connection of the standard host. */
export const connect = (given, options) => open(given).live(options);
