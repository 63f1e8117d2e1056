// SPDX-License-Identifier: Apache-2.0
//
// How often the user has signed in with a connection: a live connection that needed it then dials again,
// so what it said before does not count any more.

const counts = new WeakMap();
export const signInsOf = (connection) => counts.get(connection) ?? 0;
export const countSignIn = (connection) => counts.set(connection, signInsOf(connection) + 1);
