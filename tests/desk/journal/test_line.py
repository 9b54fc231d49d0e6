"""One line of the journal, byte by byte: files of earlier versions are read, and their hashes are compared."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pbtui.desk.formats.ascii_json import ascii_json
from pbtui.desk.journal.line import journal_line, keys_of, line_hash, plain, read_line, report_hash

PREV = "ab" * 32
LINE = b'{"seq":2,"at":"2026-11-22T13:00:00.000000Z","kind":"mode","trading":"on","prev":"' + PREV.encode() + b'"}'


def test_the_form_of_a_line() -> None:
    at = datetime(2026, 11, 22, 14, tzinfo=timezone(timedelta(hours=1)))
    assert journal_line(2, at, "mode", {"trading": "on"}, PREV) == LINE
    entry = read_line(LINE)
    assert (entry.seq, entry.at, entry.kind, entry.prev) == (2, at.astimezone(UTC), "mode", PREV)
    assert entry.facts == {"trading": "on"}


def test_the_hash_of_a_line_and_of_a_report_is_its_sha_256() -> None:
    assert line_hash(b"abc") == report_hash(b"abc")
    assert line_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("fact", [None, True, 0, 2**63 - 1, 2**64, -(10**30), "text", Decimal("45.10"), 0.5])
def test_a_json_value_is_kept(fact: object) -> None:
    assert plain(fact) is fact or plain(fact) == fact
    facts = {"fact": plain(fact)}
    assert read_line(journal_line(1, datetime.now(UTC), "mode", facts, None)).facts["fact"] == fact


def test_a_time_becomes_a_text_in_utc_and_a_lone_surrogate_an_escape() -> None:
    at = datetime(2026, 11, 22, 14, tzinfo=timezone(timedelta(hours=1)))
    assert plain([at, at.replace(microsecond=5)]) == ["2026-11-22T13:00:00Z", "2026-11-22T13:00:00.000005Z"]
    assert plain({"\ud800": "ü"}) == {"\\ud800": "ü"}


@pytest.mark.parametrize(
    ("fact", "error", "reason"),
    [
        (float("nan"), ValueError, "the journal can't store the number nan"),
        (Decimal("-Infinity"), ValueError, "the journal can't store the number -Infinity"),
        (datetime.fromisoformat("2026-11-22"), ValueError, "2026-11-22 00:00:00 has no time zone"),
        (b"bytes", TypeError, "the journal can't store a bytes"),
        ([{"a": {1}}], TypeError, "the journal can't store a set"),
    ],
)
def test_another_value_is_refused_with_the_reason(fact: object, error: type[Exception], reason: str) -> None:
    with pytest.raises(error) as refused:
        plain(fact)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("items", "keys"), [([{"key": "a"}, {"key": 1}, {}, "b", {"key": "c"}], ["a", "c"]), ("key", []), (None, [])]
)
def test_the_keys_of_lines_that_may_have_been_edited(items: object, keys: list[str]) -> None:
    assert keys_of(items) == keys


def test_json_is_safe_to_print_on_a_terminal() -> None:
    assert ascii_json('"a\x7f\x9b\u2028ü😀"') == r'"a\u007f\u009b\u2028\u00fc\ud83d\ude00"'
    assert ascii_json('" ~"') == '" ~"'
