/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of the tests in C. Each gives an empty text, or what was not as it should be. */
#ifndef PINTLE_C_API_TEST_H
#define PINTLE_C_API_TEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct c_api_place {
  const char* url;
  const char* token_file;
  const char* wrong_token_file;
  const char* token;
  const char* plugin_folder; /* with the schemes that are bundled, as libraries */
  const char* load_check;
  const char* lone_load_check; /* a copy in a folder of its own */
  /* Of a gateway that requires a sign-in. */
  const char* session_folder;
  const char* user;
  const char* password;
  /* Visits the address as the user's browser does. Puts the last address into `back`, for a user
   * who pastes it; null: visits that too. */
  void (*browse)(const char* url, char* back, size_t size);
} c_api_place;

typedef const char* c_api_case(const c_api_place* place);

c_api_case knows_its_version;
c_api_case gives_the_gateways_answer_back_whatever_its_status;
c_api_case says_what_the_gateway_is_and_which_scheme_is_used;
c_api_case makes_a_url_to_dial;
c_api_case refuses_null_handles_and_structs_without_a_size;
c_api_case reads_no_member_beyond_the_size;
c_api_case writes_no_more_of_an_error_than_there_is_room_for;
c_api_case tells_a_wrong_token_as_a_sign_in_and_never_shows_it;
c_api_case finds_a_kept_connection_by_its_name_and_no_other;
c_api_case pulls_events_in_a_loop_of_its_own_and_comes_back;
c_api_case waits_for_an_answer_and_says_what_became_of_it;
c_api_case cancels_what_blocks;
c_api_case tells_callbacks_everything_in_order;
c_api_case destroys_a_live_connection_in_its_own_callback;
c_api_case tells_requests_that_were_given_up_with_the_handle;
c_api_case runs_callbacks_in_the_executor_alone;
c_api_case resumes_sessions_before_all_else;
c_api_case hands_on_messages_as_they_are;
c_api_case refuses_options_that_cannot_be;
c_api_case tells_the_log_hook_what_happens_and_releases_it;
c_api_case refuses_a_log_without_a_hook;
c_api_case counts_what_a_connection_does;
c_api_case passes_on_a_traceparent;
c_api_case diagnoses_a_gateway_step_by_step;
c_api_case diagnoses_what_fails_and_reports_it_without_names;
c_api_case ends_a_diagnosis_at_a_cancel;
c_api_case refuses_a_diagnosis_of_nothing;
c_api_case gives_a_gateway_to_others_by_a_broker;
c_api_case refuses_brokers_that_cannot_be;

c_api_case signs_in_with_a_password_and_out_again;
c_api_case signs_in_with_what_it_is_given;
c_api_case signs_in_with_a_browser;
c_api_case tells_why_a_sign_in_fails;
c_api_case ends_a_sign_in_at_a_cancel_and_when_its_time_is_over;
c_api_case refuses_sign_ins_that_cannot_be;
c_api_case tells_a_callback_what_became_of_a_call;
c_api_case hands_finished_operations_to_an_event_loop;
c_api_case tells_why_an_operation_failed;
c_api_case signs_in_without_waiting;
c_api_case cancels_what_nobody_waits_for;
c_api_case waits_for_a_callback_that_runs;
c_api_case keeps_sessions_in_a_store_of_its_own;
c_api_case tells_what_its_store_cannot_do;
c_api_case refuses_stores_that_cannot_be;
c_api_case takes_a_secret_from_memory;
c_api_case takes_a_secret_from_a_callback_at_each_use;
c_api_case releases_a_callback_once_if_it_was_taken;
c_api_case tells_why_a_callback_gave_no_secret;
c_api_case loads_only_the_schemes_that_are_allowed;
c_api_case loads_only_the_libraries_that_are_pinned;
c_api_case runs_the_libraries_of_others_in_the_cage;

c_api_case takes_the_proxy_of_the_environment_unless_told_not_to;

#ifdef __cplusplus
}
#endif

#endif
