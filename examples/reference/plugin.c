/* SPDX-License-Identifier: Apache-2.0 */
/* The example of pintle/plugin.h in the API reference. It asserts what it shows. A whole scheme in
 * C, with its build: examples/scheme-c. */
#undef NDEBUG
#include <assert.h>
#include <string.h>

#include <pintle/plugin.h>

//! [decorate]
#define VIEW(text) \
  { (text), sizeof(text) - 1 }

/* A function of the table `pintle_scheme`: adds the credential to a request. */
static int32_t decorate(const pintle_auth* auth, const pintle_request* request,
                        const pintle_sink* headers, pintle_decoration* out, pintle_error* error) {
  const pintle_view name = VIEW("X-Api-Key"), key = VIEW("sesame");
  (void)auth, (void)request, (void)error;
  headers->put(headers->context, name, key); /* copied before it returns */
  out->valid_until_ms = 0;                   /* until the gateway rejects it */
  return PINTLE_OK;
}
//! [decorate]

static void keep(void* context, pintle_view name, pintle_view value) {
  char* line = context;
  memcpy(line, name.data, name.size);
  memcpy(line + name.size, value.data, value.size);
}

int main(void) {
  char line[32] = "";
  pintle_sink sink = {sizeof(sink), 0, NULL, keep};
  pintle_decoration decoration = {sizeof(decoration), 0, 1, 0};
  sink.context = line;
  assert(decorate(NULL, NULL, &sink, &decoration, NULL) == PINTLE_OK);
  assert(strcmp(line, "X-Api-Keysesame") == 0);
  assert(decoration.valid_until_ms == 0);
  return 0;
}
