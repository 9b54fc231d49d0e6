"""The state of the team store in words."""

from collections.abc import Iterator

from pbtui.desk.team.administration import OpenSend, Overview
from pbtui.desk.team.postgres import CALL_TIMEOUT_S
from pbtui.desk.team.store import HaltRecord


def state_lines(seen: Overview) -> Iterator[tuple[str, str]]:
    """The label and the text of each line."""
    state = seen.state
    yield "store", seen.place
    yield "server", f"PostgreSQL {state.server_version}, schema version {state.schema_version}"
    slow = f"; too slow: a desk waits {CALL_TIMEOUT_S * 1000:.0f} ms for both"
    is_slow = seen.connect_s + seen.answer_s > CALL_TIMEOUT_S
    times = f"in {seen.answer_s * 1000:.0f} ms, connected in {seen.connect_s * 1000:.0f} ms"
    yield "answer", f"{times}{slow if is_slow else ''}"
    way = "ahead of" if seen.ahead_s > 0 else "behind"
    yield "clock", f"this host is {abs(seen.ahead_s):.3f} s {way} the store, ± {seen.answer_s / 2:.3f} s"
    yield "halts", str(len(state.halts) or "none")
    for halt in state.halts:
        yield f"  {halt.epoch}", _halt_words(halt)
    yield "sends", f"{len(state.sends) or 'none'} open"
    for send in state.sends:
        yield f"  {send.id}", _send_words(send)


def _halt_words(halt: HaltRecord) -> str:
    return f"{halt.server}, {_portfolio_words(halt.portfolios)}: {halt.words}"


def _send_words(send: OpenSend) -> str:
    who = f"by {send.operator} on {send.host}, {send.registered_at:%Y-%m-%d %H:%M:%S}Z"
    return f"{send.server}, {_portfolio_words(send.portfolios)}: {send.call} {who}"


def _portfolio_words(portfolios: tuple[str, ...]) -> str:
    return ", ".join(portfolios) or "all portfolios"
