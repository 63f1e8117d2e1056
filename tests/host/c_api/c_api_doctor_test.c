/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor as a C program sees it. */

#include "c_api_scene.h"

typedef struct noted {
  size_t begun;
  size_t finished;
  pintle_cancel* cancel; /* requested after the step "tcp"; may be null */
} noted;

static void see_start(void* user, const pintle_doctor_step* step) {
  noted* seen = user;
  if (step->id.size > 0 && step->title.size > 0) ++seen->begun;
}

static void see_finish(void* user, const pintle_doctor_step* step) {
  noted* seen = user;
  ++seen->finished;
  if (seen->cancel != NULL && is(step->id, "tcp")) pintle_cancel_request(seen->cancel);
}

static pintle_connection_options options_for(const char* url, const pintle_source* token) {
  const pintle_connection_options options = {
      .struct_size = sizeof(options), .url = pintle_text(url), .inputs = token, .input_count = 1};
  return options;
}

static pintle_source source_of(const char* file) {
  const pintle_source token = {
      .key = pintle_text("token"), .where = pintle_text(file), .from = PINTLE_FROM_FILE};
  return token;
}

static const char* find(const pintle_doctor* doctor, const char* id, pintle_doctor_step* step) {
  pintle_error error = {.struct_size = sizeof(error)};
  for (size_t i = 0; i < pintle_doctor_step_count(doctor); ++i) {
    step->struct_size = sizeof(*step);
    DO(pintle_doctor_step_at(doctor, i, step, &error));
    if (is(step->id, id)) return "";
  }
  return "there is no such step";
}

const char* diagnoses_a_gateway_step_by_step(const c_api_place* place) {
  BEGIN;
  noted seen = {0};
  const pintle_source token = source_of(place->token_file);
  const pintle_connection_options options = options_for(place->url, &token);
  const pintle_doctor_options how = {
      .struct_size = sizeof(how), .user = &seen, .on_start = see_start, .on_finish = see_finish};
  pintle_doctor* doctor = NULL;
  DO(pintle_doctor_run(at.host, &options, &how, NULL, &doctor, &error));
  const size_t count = pintle_doctor_step_count(doctor);
  CHECK(count == 17);
  CHECK(seen.finished == count);
  CHECK(seen.begun == count);
  CHECK(pintle_doctor_first_failed(doctor) == count);
  pintle_doctor_step step;
  CHECK(find(doctor, "probe", &step)[0] == '\0');
  CHECK(step.verdict == PINTLE_DOCTOR_OK);
  CHECK(step.duration_ms >= 0);
  CHECK(step.finding.size > 0);
  CHECK(step.failure == NULL && step.layer == PINTLE_OK);
  CHECK(find(doctor, "tcp", &step)[0] == '\0');
  CHECK(step.fact_count > 0 && step.facts[0].name.size > 0);
  /* An older app has no members behind the title. */
  memset(&step, 0, sizeof(step));
  step.struct_size = (uint32_t)offsetof(pintle_doctor_step, finding);
  DO(pintle_doctor_step_at(doctor, 0, &step, &error));
  CHECK(is(step.id, "settings"));
  CHECK(step.finding.data == NULL);
  CHECK(strcmp(pintle_doctor_verdict_name(PINTLE_DOCTOR_SKIPPED), "skipped") == 0);
  CHECK(strcmp(pintle_doctor_verdict_name(9), "unknown") == 0);
  pintle_doctor_destroy(doctor);
  close_scene(&at);
  return "";
}

const char* diagnoses_what_fails_and_reports_it_without_names(const c_api_place* place) {
  BEGIN;
  const pintle_source token = source_of(place->wrong_token_file);
  pintle_connection_options options = options_for(place->url, &token);
  pintle_doctor* doctor = NULL;
  DO(pintle_doctor_run(at.host, &options, NULL, NULL, &doctor, &error));
  /* The host may go: the diagnosis keeps what it needs. */
  close_scene(&at);
  pintle_doctor_step step = {.struct_size = sizeof(step)};
  DO(pintle_doctor_step_at(doctor, pintle_doctor_first_failed(doctor), &step, &error));
  CHECK(is(step.id, "session"));
  CHECK(step.verdict == PINTLE_DOCTOR_FAILED);
  CHECK(step.failure != NULL && (step.failure->flags & PINTLE_ERROR_SIGN_IN) != 0);
  CHECK(step.layer != PINTLE_OK);
  CHECK(strlen(step.failure->hint) > 0);
  CHECK(find(doctor, "upgrade", &step)[0] == '\0');
  CHECK(step.verdict == PINTLE_DOCTOR_SKIPPED);
  CHECK(is(step.blocked_by, "session"));
  pintle_reply* report = NULL;
  DO(pintle_doctor_report(doctor, pintle_text("app 1.2"), 0, &report, &error));
  CHECK(holds(pintle_reply_body(report), "app 1.2"));
  CHECK(holds(pintle_reply_body(report), "session"));
  CHECK(!holds(pintle_reply_body(report), place->wrong_token_file));
  CHECK(!holds(pintle_reply_body(report), "a-wrong-token"));
  pintle_reply_destroy(report);
  pintle_doctor_destroy(doctor);

  /* Settings that are invalid are a step that failed. */
  DO(open_scene(&at, place, place->token_file, &error));
  options.url = pintle_text("gopher://gateway.example");
  DO(pintle_doctor_run(at.host, &options, NULL, NULL, &doctor, &error));
  CHECK(pintle_doctor_first_failed(doctor) == 0);
  CHECK(pintle_doctor_step_count(doctor) == 17);
  DO(pintle_doctor_report(doctor, pintle_text(NULL), PINTLE_DOCTOR_WITH_HOSTS, &report, &error));
  CHECK(holds(pintle_reply_body(report), "settings"));
  pintle_reply_destroy(report);
  pintle_doctor_destroy(doctor);
  close_scene(&at);
  return "";
}

const char* ends_a_diagnosis_at_a_cancel(const c_api_place* place) {
  BEGIN;
  noted seen = {.cancel = pintle_cancel_new()};
  const pintle_source token = source_of(place->token_file);
  const pintle_connection_options options = options_for(place->url, &token);
  const pintle_doctor_options how = {
      .struct_size = sizeof(how), .user = &seen, .on_finish = see_finish};
  pintle_doctor* doctor = NULL;
  DO(pintle_doctor_run(at.host, &options, &how, seen.cancel, &doctor, &error));
  const size_t count = pintle_doctor_step_count(doctor);
  CHECK(count == seen.finished && count > 0 && count < 17);
  CHECK(pintle_doctor_first_failed(doctor) == count);
  pintle_doctor_destroy(doctor);
  pintle_cancel_destroy(seen.cancel);
  close_scene(&at);
  return "";
}

const char* refuses_a_diagnosis_of_nothing(const c_api_place* place) {
  BEGIN;
  const pintle_source token = source_of(place->token_file);
  pintle_connection_options options = options_for(place->url, &token);
  pintle_doctor* doctor = NULL;
  pintle_doctor_step step = {.struct_size = sizeof(step)};
  pintle_reply* report = NULL;
  CHECK(pintle_doctor_run(NULL, &options, NULL, NULL, &doctor, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_doctor_run(at.host, NULL, NULL, NULL, &doctor, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_doctor_run(at.host, &options, NULL, NULL, NULL, &error) == PINTLE_LAYER_CONFIG);
  options.struct_size = 0;
  CHECK(pintle_doctor_run(at.host, &options, NULL, NULL, &doctor, &error) == PINTLE_LAYER_CONFIG);
  CHECK(doctor == NULL);
  CHECK(pintle_doctor_step_count(NULL) == 0);
  CHECK(pintle_doctor_first_failed(NULL) == 0);
  CHECK(pintle_doctor_step_at(NULL, 0, &step, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_doctor_report(NULL, pintle_text("a"), 0, &report, &error) == PINTLE_LAYER_CONFIG);
  CHECK(report == NULL);
  options.struct_size = sizeof(options);
  options.url = pintle_text("ftp://a");
  DO(pintle_doctor_run(at.host, &options, NULL, NULL, &doctor, &error));
  CHECK(pintle_doctor_step_at(doctor, 17, &step, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_doctor_step_at(doctor, 0, NULL, &error) == PINTLE_LAYER_CONFIG);
  CHECK(pintle_doctor_report(doctor, pintle_text("a"), 0, NULL, &error) == PINTLE_LAYER_CONFIG);
  pintle_doctor_destroy(doctor);
  pintle_doctor_destroy(NULL);
  close_scene(&at);
  return "";
}
