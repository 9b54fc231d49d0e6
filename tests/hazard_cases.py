"""The 35 cases that this suite must survive, each with its tests, and what is left to other checks.

They come from a list of what breaks a trading desk over SSH. `tests/test_hazard_cases.py` checks that the tests exist,
and prints the list at the end of a run.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """A case, its tests below `tests/`, and what is left to other checks or left open."""

    about: str
    tests: tuple[str, ...]
    note: str = ""


def _case(about: str, *tests: str, note: str = "") -> Case:
    return Case(about, tests, note)


_API, _SNAPSHOT = "api/test_client.py::test_", "api/decoding/test_snapshot.py::test_"
_HOSTILE, _TERMINAL = "end_to_end/test_hostile_texts.py::test_", "end_to_end/test_desk.py::test_"
_SUBMIT, _SWITCH, _FAULTS = (
    "desk/tickets/test_executor.py::test_",
    "desk/kill/test_switch.py::test_",
    "desk/kill/test_faults.py::test_",
)
_KILL, _KEYS, _PROCESS = "cli/kill/test_command.py::test_", "cli/test_keys.py::test_", "cli/test_process.py::test_"
_SOURCES = "cli/test_key_sources.py::test_"
_AUDIT, _WRITER, _FORM = (
    "desk/journal/test_audit.py::test_",
    "desk/journal/test_writer.py::test_",
    "ui/forms/test_order_form.py::test_",
)

CASES: dict[int, Case] = {
    1: _case("markup in texts is literal", _HOSTILE + "hostile_texts_in_orders_histories_and_trades_do_nothing"),
    2: _case(
        "escape sequences in texts never reach the terminal",
        _HOSTILE + "hostile_texts_in_orders_histories_and_trades_do_nothing",
        _HOSTILE + "hostile_texts_in_the_clipboard_the_filter_and_answers_of_the_server_do_nothing",
        "api/test_sanitize.py::test_safe_text_is_safe_and_does_not_change_again",
    ),
    3: _case(
        "bidirectional, invisible, combining, huge and wide texts",
        "api/test_sanitize.py::test_unsafe_characters_are_made_visible",
        _HOSTILE + "hostile_texts_in_the_clipboard_the_filter_and_answers_of_the_server_do_nothing",
        _SNAPSHOT + "a_lone_surrogate_is_replaced_and_the_order_stays_readable",
    ),
    4: _case(
        "a price that is no number",
        _SNAPSHOT + "a_price_that_is_no_number_is_unknown_and_everything_else_is_read",
        _SNAPSHOT + "minus_zero_is_zero",
    ),
    5: _case(
        "one malformed order among many",
        _SNAPSHOT + "a_broken_element_is_kept_with_its_reason",
        _SNAPSHOT + "unknown_fields_and_codes_are_read",
        "ui/screens/test_desk_screen.py::test_one_unreadable_order_hides_no_other",
    ),
    6: _case(
        "bodies that are pages, cut, deep, compressed or huge",
        _API + "a_success_that_cannot_be_read_is_an_unknown_outcome",
        _API + "a_decompression_bomb_is_cut_off_at_the_cap",
        _SNAPSHOT + "a_field_that_is_nested_deeply_hides_at_most_itself",
        _SNAPSHOT + "a_text_in_a_wrong_charset_is_read_as_far_as_it_can_be",
    ),
    7: _case(
        "a write that was done and whose answer was lost",
        _SUBMIT + "an_entry_whose_answer_is_lost_is_found_by_its_token",
        _SUBMIT + "a_ticket_survives_kill_9_and_is_reconciled_at_the_next_start",
    ),
    8: _case(
        "a write that was lost before it was done",
        _SUBMIT + "an_entry_that_is_lost_before_the_exchange_is_not_found",
        "ui/screens/test_writing_screen.py::test_an_entry_that_is_not_found_is_offered_again",
    ),
    9: _case(
        "a key that is pressed twice, or repeats",
        _SUBMIT + "a_ticket_submitted_twice_is_sent_once",
        "ui/screens/test_writing_screen.py::test_y_sends_an_entry_once_and_it_is_confirmed",
    ),
    10: _case(
        "the screen, the desk or the session ends during a submission",
        "ui/threads/test_desk_thread.py::test_one_request_and_one_outcome_when_the_desk_is_left_meanwhile",
        "end_to_end/test_writing.py::test_a_conflict_and_a_desk_that_is_closed_while_an_answer_is_away",
        _SUBMIT + "cancelling_the_caller_does_not_cancel_the_ticket",
        "cli/write/test_command.py::test_a_lost_connection_during_the_request_leaves_one_request_and_one_outcome",
    ),
    11: _case(
        "no connection, no name, no TLS",
        _API + "a_refused_connection_sent_nothing",
        _API + "an_unknown_host_sent_nothing",
        _API + "tls_that_fails_sent_nothing",
        "api/transport/test_authorities.py::test_a_certificate_that_is_refused_names_the_cause_and_the_setting",
    ),
    12: _case(
        "409 after another price, a fill, an end or another id",
        "desk/tickets/test_conflict.py::test_a_price_that_somebody_else_changed",
        _SUBMIT + "a_conflict_with_a_fill_says_what_traded",
        _SUBMIT + "a_conflict_with_an_order_that_ended_says_how",
        _SUBMIT + "a_conflict_with_an_order_that_moved_on_is_found_along_its_chain",
        "end_to_end/test_writing.py::test_a_conflict_and_a_desk_that_is_closed_while_an_answer_is_away",
    ),
    13: _case("409 again and again", _SUBMIT + "a_hot_order_is_reported_as_hot"),
    14: _case(
        "200 with one failed order of three",
        _SUBMIT + "three_orders_of_a_list_have_three_outcomes",
        "cli/write/test_command.py::test_a_list_is_changed_in_part",
    ),
    15: _case(
        "401 and 403 in a running desk",
        _SUBMIT + "a_key_that_may_only_read_is_noticed",
        "ui/screens/test_new_key.py::test_a_refused_key_is_asked_for_tried_and_replaced_for_the_kill_too",
        "ui/screens/test_new_key.py::test_a_key_revoked_in_a_running_desk_leaves_the_kill_and_the_question_can_wait",
        "cli/write/test_exit_code.py::test_a_key_that_the_server_does_not_know",
        "desk/kill/protocol/test_rules.py::test_a_key_that_is_refused_refuses_the_kill_only_if_no_order_is_known",
    ),
    16: _case(
        "429 with and without Retry-After",
        "desk/blotter/test_feed.py::test_the_pause_that_a_server_asks_for_is_kept",
        _API + "the_pause_that_a_server_asks_for_is_read",
        _FAULTS + "calls_answered_with_429_or_503_are_made_again",
    ),
    17: _case(
        "5xx, then recovery",
        "ui/screens/test_desk_screen.py::test_a_server_that_is_gone_leaves_the_rows_dimmed_and_comes_back",
        _TERMINAL + "a_server_that_dies_leaves_its_rows_and_is_live_again_when_it_is_back",
        _FAULTS + "a_server_that_is_down_and_recovers",
    ),
    18: _case("redirects are never followed", _API + "redirects_are_never_followed"),
    19: _case(
        "an answer that drips, or never comes",
        _API + "a_slow_answer_ends_at_the_deadline",
        _API + "an_answer_that_keeps_coming_is_read_to_its_end",
        _API + "a_lost_answer_is_an_unknown_outcome_and_is_sent_once",
    ),
    20: _case(
        "a kill while something else is stuck or broken",
        "end_to_end/test_kill.py::test_the_keys_fire_although_the_terminal_hangs",
        _KILL + "the_kill_does_not_wait_for_a_stopped_terminal",
        _FAULTS + "a_full_disk_delays_nothing_and_is_reported",
        _FAULTS + "a_hanging_disk_delays_nothing_and_is_reported",
        _FAULTS + "orders_with_an_odd_field_are_fired_at_by_their_ids",
        _KILL + "problems_elsewhere_in_the_settings_do_not_stop_a_kill",
        "cli/kill/test_odd_files.py::test_a_mistyped_area_does_not_stop_a_kill",
        "cli/kill/test_odd_files.py::test_a_file_without_a_certificate_stops_no_kill",
    ),
    21: _case(
        "a kill that was answered, and orders that remain",
        _SWITCH + "a_success_answer_alone_does_not_verify",
        _SWITCH + "orders_still_active_are_fired_at_again",
        _SWITCH + "the_orders_of_a_write_under_way_are_withdrawn_after_it_ends",
        note="a profile is one exchange, so a kill of three exchanges is three kills",
    ),
    22: _case(
        "a keyring that is absent, switched off, locked, stuck or wrong",
        _SOURCES + "a_missing_keyring_without_a_terminal_is_reported",
        _KEYS + "set_checks_the_keyring_before_it_asks_for_the_key",
        _KEYS + "what_a_keyring_prints_shows_nowhere",
        _KEYS + "a_keyring_has_no_terminal_to_ask_on",
        "cli/test_secret_service.py::test_a_locked_keyring_ends_in_one_next_step",
        "cli/test_secret_service.py::test_a_keyring_without_a_collection_ends_in_one_next_step",
        _KEYS + "a_blocked_keyring_holds_up_the_status_once_and_not_the_exit",
        "settings/secrets/test_credentials.py::test_a_problem_is_reported_with_the_next_step",
        "settings/secrets/test_credentials.py::test_a_keyring_that_ignores_the_name_is_refused",
    ),
    23: _case(
        "a key that can't be sent",
        "settings/secrets/test_credentials.py::test_an_invalid_key_is_refused_from_every_source",
        _SOURCES + "a_source_without_a_usable_key_is_an_error_and_no_other_key_is_used",
        _SOURCES + "a_key_file_that_others_can_open_is_refused",
        _SOURCES + "a_command_that_fails_is_an_error_and_no_other_key_is_used",
        _SOURCES + "a_command_that_hangs_is_ended",
        _API + "a_key_that_cannot_be_a_header_is_refused_without_showing_it",
    ),
    24: _case(
        "proxies and certificates of the host",
        _API + "the_environment_names_no_proxy",
        "api/transport/test_authorities.py::test_the_authorities_of_the_host_are_trusted",
        "api/transport/test_authorities.py::test_the_authority_of_the_profile_is_trusted",
        "api/transport/test_authorities.py::test_a_certificate_that_is_refused_names_the_cause_and_the_setting",
    ),
    25: _case(
        "numbers that could mean two things",
        "desk/formats/test_number_input.py::test_any_text_is_exactly_its_number_or_refused",
        "desk/formats/test_number_input.py::test_anything_else_is_refused_with_the_reason",
    ),
    26: _case(
        "a paste of several lines",
        _TERMINAL + "a_terminal_may_send_any_bytes_take_any_size_and_be_lost_where_hang_ups_are_ignored",
        _FORM + "lines_that_are_pasted_change_one_field_and_submit_nothing",
        "ui/tickets/test_preview.py::test_a_paste_is_ignored_and_it_says_so",
    ),
    27: _case(
        "100 000 orders and 5 000 changes a second",
        "ui/table/test_orders.py::test_the_cursor_stays_on_its_order_whatever_happens_around_it",
        "ui/table/sorting/test_arrangement.py::test_many_rows_are_merged_run_by_run",
        note="stalls and bytes depend on the machine, so `python -m tests.benchmarks` measures them",
    ),
    28: _case(
        "terminals of any size, kind and encoding",
        _TERMINAL + "a_terminal_may_send_any_bytes_take_any_size_and_be_lost_where_hang_ups_are_ignored",
        _TERMINAL + "an_unsuitable_terminal_is_refused",
        _TERMINAL + "any_other_terminal_is_drawn_on_and_restored_whatever_ends_the_desk",
        _TERMINAL + "no_color_removes_all_colours_and_the_cursor_stays_visible",
        _TERMINAL + "a_desk_without_a_keyboard_is_refused",
        _TERMINAL + "drawing_into_a_file_is_refused",
    ),
    29: _case(
        "signals, a lost terminal, kill -9",
        _TERMINAL + "any_other_terminal_is_drawn_on_and_restored_whatever_ends_the_desk",
        _TERMINAL + "a_terminal_may_send_any_bytes_take_any_size_and_be_lost_where_hang_ups_are_ignored",
        _TERMINAL + "it_is_stopped_by_its_shell_and_continued",
        "end_to_end/test_ssh.py::test_a_connection_that_drops_in_the_middle_of_a_write",
        "end_to_end/test_ssh.py::test_a_connection_that_drops_in_the_middle_of_a_kill",
        _WRITER + "a_killed_run_keeps_all_written_lines",
        _WRITER + "a_torn_last_line_is_no_problem",
    ),
    30: _case(
        "a crash while drawing, in a timer, in the desk, in a thread, in a command",
        "end_to_end/test_crash.py::test_a_crash_ends_with_a_report_or_says_that_there_is_none",
        "end_to_end/test_input.py::test_a_fault_in_the_thread_of_the_keys_is_a_report_and_a_kill_goes_on",
        _PROCESS + "a_crash_of_a_command_leaves_a_report_without_the_key",
    ),
    31: _case(
        "a full or read-only disk, odd clocks",
        "cli/write/test_command.py::test_a_write_is_not_sent_if_the_journal_can_not_be_written",
        "cli/write/test_unrecorded.py::test_a_withdrawal_on_a_full_disk_is_sent_and_reported_as_unrecorded",
        "desk/formats/test_time_input.py::test_the_hour_that_occurs_twice_is_read_with_its_letter",
        _API + "an_answer_of_a_cache_is_as_old_as_its_age_header",
        "desk/blotter/test_exchange_clock.py::"
        "test_a_desk_goes_by_the_clock_of_the_exchange_also_while_that_of_the_host_is_set",
        note="ages of reads come from the steady clock; gates and ages of orders go by the clock of the exchange",
    ),
    32: _case(
        "two desks of one account",
        "desk/tickets/test_two_desks.py::test_each_change_is_made_exactly_once",
        "desk/kill/test_halt.py::"
        "test_a_second_desk_of_the_profile_is_halted_within_one_poll_and_stays_so_after_a_restart",
        _WRITER + "four_runs_at_once_write_without_loss",
    ),
    33: _case(
        "a key for another server",
        _KEYS + "an_edited_url_does_not_get_the_stored_key",
        "settings/secrets/test_credentials.py::test_a_key_stored_for_another_server_is_not_found",
        _SOURCES + "a_key_with_its_server_is_not_sent_to_another_one",
        "settings/test_profiles.py::test_a_wrong_base_url_is_refused_without_being_repeated",
    ),
    34: _case("eight hours with faults", note="by hand: python -m tests.end_to_end.soak 25"),
    35: _case(
        "a journal that somebody edited",
        _AUDIT + "an_edited_line_is_found",
        _AUDIT + "a_removed_line_is_found",
        _AUDIT + "swapped_lines_are_found",
        "desk/journal/test_head.py::test_a_truncated_head_is_found",
        "desk/journal/test_against_head.py::test_missing_lines_are_found",
    ),
}
"""By their number in the list."""


def lines() -> list[str]:
    """Return the list as a run of the tests prints it."""
    found = []
    for number, case in CASES.items():
        found.append(f"{number:2}  {case.about}{f' ({case.note})' if case.note else ''}")
        found += [f"      {test}" for test in case.tests]
    return found
