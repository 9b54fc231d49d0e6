"""The state of the store in words."""

from datetime import UTC, datetime

from pbtui.cli.team.state import state_lines
from pbtui.desk.team.database.administration import Overview, StoredJournal, StoreState
from pbtui.desk.team.journal.confirmed import Confirmed
from pbtui.desk.team.journal.lag import Lag


def test_a_store_that_is_too_slow_for_a_desk_says_so() -> None:
    state = StoreState(at=datetime.now(UTC), server_version="15", schema_version=1, halts=(), sends=())
    slow = "; too slow: a desk waits 300 ms, and 1 s for a connection"
    for connect_s, answer_s, said in ((0.9, 0.25, ""), (1.1, 0.25, slow), (0.9, 0.35, slow)):
        seen = Overview(place="x", connect_s=connect_s, answer_s=answer_s, ahead_s=-1.5, state=state)
        lines = dict(state_lines(seen, {}))
        assert lines["answer"] == f"in {answer_s * 1000:.0f} ms, connected in {connect_s * 1000:.0f} ms{said}"
        assert lines["clock"] == f"this host is 1.500 s behind the store, ± {answer_s / 2:.3f} s"
        assert (lines["halts"], lines["sends"]) == ("none", "none open")


def test_journals_are_shown_with_their_heads_and_what_waits_here() -> None:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    journal = StoredJournal(server="desk.example/epex", profile="prod", lines=5, head="ab12", stored_at=at)
    state = StoreState(at=at, server_version="15", schema_version=2, halts=(), sends=(), journals=(journal,))
    seen = Overview(place="x", connect_s=0, answer_s=0, ahead_s=0, state=state)
    assert list(state_lines(seen, {"prod": Lag(1, 6, Confirmed())}))[-4:] == [
        ("journals", "1"),
        ("", "desk.example/epex, profile prod: 5 lines, the newest stored 2026-11-27 12:00:00Z"),
        ("  head", "5:ab12"),
        ("  here", "profile prod: 1 of 6 lines is not in the store yet"),
    ]
