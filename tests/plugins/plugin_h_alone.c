/* SPDX-License-Identifier: Apache-2.0 */
#include <pintle/plugin.h>

/* A use of it, so that the file is not empty. */
extern const pintle_plugin_table* a_plugin;
const pintle_plugin_table* a_plugin = 0;
