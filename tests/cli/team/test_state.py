"""The state of the store in words."""

from datetime import UTC, datetime

from pbtui.cli.team.state import state_lines
from pbtui.desk.team.administration import Overview, StoreState


def test_a_store_that_is_too_slow_for_a_desk_says_so() -> None:
    state = StoreState(at=datetime.now(UTC), server_version="15", schema_version=1, halts=(), sends=())
    for connect_s, slow in ((0.25, ""), (0.35, "; too slow: a desk waits 300 ms for both")):
        seen = Overview(place="x", connect_s=connect_s, answer_s=0.002, ahead_s=-1.5, state=state)
        lines = dict(state_lines(seen))
        assert lines["answer"] == f"in 2 ms, connected in {connect_s * 1000:.0f} ms{slow}"
        assert lines["clock"] == "this host is 1.500 s behind the store, ± 0.001 s"
        assert (lines["halts"], lines["sends"]) == ("none", "none open")
