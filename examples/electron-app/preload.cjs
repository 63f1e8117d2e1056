// SPDX-License-Identifier: Apache-2.0
// What a page of the app gets: six functions, each rejected with what a page may know of an error.
const { contextBridge, ipcRenderer } = require("electron");

async function invoke(channel, given) {
  const { value, error } = await ipcRenderer.invoke(channel, given);
  if (error) throw new Error(error.hint ? `${error.message}. ${error.hint}` : error.message);
  return value;
}

contextBridge.exposeInMainWorld("gateway", {
  probe: (given) => invoke("pintle:probe", given),
  signIn: (given) => invoke("pintle:sign-in", given),
  signOut: (given) => invoke("pintle:sign-out", given),
  state: (given) => invoke("pintle:state", given),
  wsUrl: (given) => invoke("pintle:ws-url", given),
  call: (given) => invoke("pintle:call", given),
});
