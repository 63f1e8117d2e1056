// SPDX-License-Identifier: Apache-2.0
//
// Asks before a connection is removed.

import { post } from "/api.js";
import { actionButton, fill, h } from "/dom.js";
import { errorNotice } from "/errors.js";

/** `find(name)` returns the connection as it is now. `removed(note)` is called when it is gone,
    `refresh()` when it is not as it was shown. */
export function askToRemove({ name }, { find, removed, refresh }) {
  const dialog = h("dialog", { "aria-labelledby": "remove-title" });
  const trouble = h("div", { role: "alert" });
  let shown = find(name);
  const remove = async () => {
    fill(trouble);
    try {
      const { note } = await post("/api/connections/remove", { name, version: shown.version });
      dialog.close();
      await removed(note);
    } catch (error) {
      fill(trouble, errorNotice(error));
      if (!error.out_of_date) return;
      await refresh();
      shown = find(name) ?? shown;
    }
  };
  fill(dialog,
    h("h2", { id: "remove-title" }, `Remove ${name}?`),
    h("p", {}, shown.session
      ? "Its session is deleted here. It stays valid at the gateway until it expires; sign out first to end it."
      : "Its settings are deleted here."),
    trouble,
    h("div", { class: "actions" },
      actionButton("Remove", { class: "danger", id: "confirm-remove" }, remove),
      h("button", { type: "button", on: { click: () => dialog.close() } }, "Keep")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
