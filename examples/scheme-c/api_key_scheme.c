/* SPDX-License-Identifier: Apache-2.0 */
/* The scheme of ../scheme-cpp against plugin.h alone: its step machine is written by hand. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pintle/plugin.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define LONGEST_KEY 4096
#define LONGEST_URL 8192

struct pintle_auth { /* one connection's state */
  char key[LONGEST_KEY];
  size_t key_size;
  uint64_t version; /* tells an answer to an older key from one to this */
};

struct pintle_operation {
  pintle_auth* auth;
  int waits_for_key;
  char ws_url[LONGEST_URL]; /* what a step points to belongs to the operation */
};

/* Volatile, so that the compiler may not leave it out. */
static void wipe(void* data, size_t size) {
  volatile char* bytes = data;
  while (size-- > 0) bytes[size] = 0;
}

static int32_t fail(pintle_error* error, int32_t layer, uint32_t flags, const char* message,
                    const char* hint) {
  if (error != NULL && error->struct_size >= sizeof(*error)) {
    error->flags = flags;
    error->http_status = 0;
    error->retry_after_ms = 0;
    snprintf(error->message, sizeof(error->message), "%s", message);
    snprintf(error->hint, sizeof(error->hint), "%s", hint);
  }
  return layer;
}

/* A struct that is shorter than what this was compiled with comes from no host of this major. */
#define CHECK_SIZE(given)                                                                  \
  do {                                                                                     \
    if ((given)->struct_size < sizeof(*(given)))                                           \
      return fail(error, PINTLE_LAYER_PLUGIN, 0, "the host handed in a short struct", ""); \
  } while (0)

static int32_t api_key_open(const pintle_opening* opening, pintle_auth** out, pintle_error* error) {
  CHECK_SIZE(opening);
  *out = calloc(1, sizeof(**out));
  if (*out == NULL) return fail(error, PINTLE_LAYER_PLUGIN, 0, "there is no memory left", "");
  return PINTLE_OK;
}

static void api_key_close(pintle_auth* auth) {
  if (auth != NULL) wipe(auth, sizeof(*auth));
  free(auth);
}

static int32_t api_key_decorate(const pintle_auth* auth, const pintle_request* request,
                                const pintle_sink* headers, pintle_decoration* out,
                                pintle_error* error) {
  const pintle_view name = TEXT("X-Api-Key");
  pintle_view value;
  CHECK_SIZE(request);
  CHECK_SIZE(headers);
  CHECK_SIZE(out);
  if (auth->key_size == 0) {
    return fail(error, PINTLE_LAYER_GATE, PINTLE_ERROR_SIGN_IN | PINTLE_ERROR_USER_ACTION,
                "there is no API key for this gateway",
                "Provide it with --secret-file api_key=FILE.");
  }
  value.data = auth->key;
  value.size = auth->key_size;
  headers->put(headers->context, name, value);
  out->valid_until_ms = 0;
  out->credential = auth->version;
  return PINTLE_OK;
}

static int is_a_page(const pintle_response* response) {
  static const char header[] = "content-type";
  static const char page[] = "text/html";
  size_t i, j;
  for (i = 0; i < response->header_count; ++i) {
    const pintle_view name = response->headers[i].name;
    const pintle_view value = response->headers[i].value;
    if (name.size != sizeof(header) - 1 || value.size < sizeof(page) - 1) continue;
    for (j = 0; j < name.size && (name.data[j] | 0x20) == (header[j] | 0x20);) ++j;
    if (j == name.size) return memcmp(value.data, page, sizeof(page) - 1) == 0;
  }
  return 0;
}

static int32_t api_key_observe(pintle_auth* auth, const pintle_response* response, uint32_t* seen,
                               pintle_error* error) {
  CHECK_SIZE(response);
  *seen = PINTLE_OBSERVATION_NONE;
  /* Only the gateway's own 401 speaks of the key: a page comes from a proxy in front of it. */
  if (response->status != 401 || is_a_page(response)) return PINTLE_OK;
  if (response->credential != auth->version) {
    *seen = PINTLE_OBSERVATION_RETRY_ONCE;
    return PINTLE_OK;
  }
  *seen = PINTLE_OBSERVATION_NEEDS_SIGN_IN;
  fail(error, PINTLE_LAYER_GATE, PINTLE_ERROR_SIGN_IN | PINTLE_ERROR_USER_ACTION,
       "the gateway refused the API key",
       "Check that the key is this gateway's (--secret-file api_key=FILE).");
  if (error != NULL && error->struct_size >= sizeof(*error)) error->http_status = 401;
  return PINTLE_OK;
}

static void clear(pintle_step* step) {
  const uint32_t size = step->struct_size;
  memset(step, 0, sizeof(*step));
  step->struct_size = size;
}

static int32_t api_key_begin(pintle_auth* auth, const pintle_begin* begin, pintle_operation** out,
                             pintle_step* step, pintle_error* error) {
  static const pintle_input inputs[] = {{TEXT("api_key"), TEXT("API key"), PINTLE_INPUT_SECRET, 0}};
  static const pintle_view why = TEXT("This gateway wants an API key.");
  static const pintle_view stays = TEXT("The key itself stays valid at the gateway.");
  pintle_operation* operation;
  CHECK_SIZE(begin);
  CHECK_SIZE(step);
  if (begin->ws_url.size > LONGEST_URL) {
    return fail(error, PINTLE_LAYER_CONFIG, 0, "the WebSocket URL is too long", "");
  }
  operation = calloc(1, sizeof(*operation));
  if (operation == NULL) return fail(error, PINTLE_LAYER_PLUGIN, 0, "there is no memory left", "");
  operation->auth = auth;
  clear(step);
  switch (begin->operation) {
    case PINTLE_SIGN_IN:
      operation->waits_for_key = 1;
      step->need = PINTLE_NEED_INPUT;
      step->inputs = inputs;
      step->input_count = 1;
      step->message = why;
      break;
    case PINTLE_RESOLVE_WS_URL:
      /* The upgrade is decorated like every request, so the URL itself needs no credential. */
      memcpy(operation->ws_url, begin->ws_url.data, begin->ws_url.size);
      step->ws_url.data = operation->ws_url;
      step->ws_url.size = begin->ws_url.size;
      step->life = PINTLE_KEEP_UNTIL_REJECTED;
      break;
    case PINTLE_REFRESH:
      break;
    case PINTLE_SIGN_OUT:
      wipe(auth->key, sizeof(auth->key));
      auth->key_size = 0;
      ++auth->version;
      step->message = stays;
      break;
    default:
      free(operation);
      return fail(error, PINTLE_LAYER_PLUGIN, 0, "the scheme does not know this operation", "");
  }
  *out = operation;
  return PINTLE_OK;
}

static int32_t take_key(pintle_auth* auth, pintle_view typed, pintle_error* error) {
  size_t i;
  while (typed.size > 0 && strchr(" \t\r\n", typed.data[typed.size - 1]) != NULL) --typed.size;
  for (i = 0; i < typed.size && typed.data[i] > 0x20 && typed.data[i] < 0x7f;) ++i;
  if (typed.size == 0 || typed.size > LONGEST_KEY || i != typed.size) {
    return fail(error, PINTLE_LAYER_CONFIG, PINTLE_ERROR_USER_ACTION,
                "the API key is empty, too long, or holds what no header can",
                "Put only the key there, on one line.");
  }
  if (typed.size == auth->key_size && memcmp(typed.data, auth->key, typed.size) == 0) {
    return PINTLE_OK;
  }
  wipe(auth->key, sizeof(auth->key));
  memcpy(auth->key, typed.data, typed.size);
  auth->key_size = typed.size;
  ++auth->version;
  return PINTLE_OK;
}

static int32_t api_key_resume(pintle_operation* operation, const pintle_answer* answer,
                              pintle_step* step, pintle_error* error) {
  pintle_view typed = {NULL, 0};
  CHECK_SIZE(answer);
  CHECK_SIZE(step);
  if (!operation->waits_for_key) {
    return fail(error, PINTLE_LAYER_PLUGIN, 0, "the operation has ended", "");
  }
  operation->waits_for_key = 0;
  if (answer->failure != PINTLE_OK) { /* the host could not ask: its error is ours */
    if (answer->error == NULL) return fail(error, answer->failure, 0, "the key was not given", "");
    return fail(error, answer->failure, answer->error->flags, answer->error->message,
                answer->error->hint);
  }
  clear(step); /* PINTLE_NEED_DONE */
  if (answer->field_count > 0) typed = answer->fields[0].value;
  return take_key(operation->auth, typed, error);
}

static void api_key_end(pintle_operation* operation) { free(operation); }

/* The key is read anew each time from where it lies, so there is no session to keep. */
static int32_t api_key_session(const pintle_auth* auth, const pintle_sink* bytes,
                               pintle_error* error) {
  (void)auth;
  (void)bytes;
  (void)error;
  return PINTLE_OK;
}

static int32_t api_key_describe(const pintle_auth* auth, const pintle_sink* facts,
                                pintle_error* error) {
  const pintle_view name = TEXT("credential");
  const pintle_view value = TEXT("API key");
  CHECK_SIZE(facts);
  if (auth->key_size != 0) facts->put(facts->context, name, value);
  return PINTLE_OK;
}

static const pintle_rule rules[] = {{TEXT("auth_flows"), TEXT("\"api_key\"")}};

static const pintle_setting settings[] = {
    {TEXT("api_key"), TEXT("API key"), {NULL, 0}, PINTLE_SETTING_SECRET, 0}};

static const int32_t observed[] = {401};

static const pintle_scheme scheme = {
    sizeof(pintle_scheme),
    PINTLE_SCHEME_SENDS_SECRET | PINTLE_SCHEME_LISTS_STATUSES,
    TEXT("api-key"),
    TEXT("API key"),
    40, /* strength */
    90, /* score */
    rules,
    1,
    TEXT("the gateway takes an API key"),
    NULL, /* match: the rules decide */
    api_key_open,
    api_key_close,
    api_key_decorate,
    api_key_observe,
    api_key_begin,
    api_key_resume,
    api_key_end,
    api_key_session,
    api_key_describe,
    NULL, /* profiles: those of "hermes" */
    0,
    settings,
    1,
    {NULL, 0}, /* front: it stands in front of no gateway */
    observed,
    1,
};

static const pintle_scheme* const schemes[] = {&scheme};

extern PINTLE_EXPORT const pintle_plugin_table pintle_plugin;
const pintle_plugin_table pintle_plugin = {
    PINTLE_PLUGIN_MAGIC,
    PINTLE_ABI_MAJOR,
    sizeof(pintle_plugin_table),
    TEXT("pintle-api-key-c"),
    TEXT("1.0.0"),
    schemes,
    1,
};
