"""Notes and take-overs, as they are recorded and refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from pbtui.api.structs import replace
from pbtui.desk.handover.record import Refused, record_note, record_take_over, valid_name, valid_note
from pbtui.desk.handover.shift import TakeOver
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal
from tests.desk.handover.test_report import NOW, PROFILE, ZONE, unread


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "\x1b[2J", "x" * 2001])
def test_what_nobody_could_read_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        valid_note(text)
    with pytest.raises(Refused):
        valid_name(text)


def test_nobody_takes_over_a_shift_that_somebody_else_took_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    report = unread()
    taken = replace(report.shift, last=TakeOver(NOW - timedelta(minutes=1), "Ben", "ben on south"))
    with Journal.open(PROFILE) as journal:
        with pytest.raises(Refused, match="Ben took over meanwhile"):
            record_take_over(journal, report, ZONE, "Ann", taken)
        record_note(journal, " look here ")
        record_take_over(journal, report, ZONE, "Ann", report.shift)
        assert journal.path is not None
        entries = read_journal(journal.path).entries
    assert [entry.kind for entry in entries] == ["opened", "note", "take-over"]
    assert entries[1].facts == {"text": "look here"}
    assert entries[2].facts["from"] == ""
