"""The state of the team store in words."""

from collections.abc import Iterator, Mapping

from pbtui.desk.team.database.administration import OpenSend, Overview, StoredJournal
from pbtui.desk.team.database.queries import CALL_TIMEOUT_S, CONNECT_TIMEOUT_S
from pbtui.desk.team.journal.lag import Lag
from pbtui.desk.team.skew import Skew
from pbtui.desk.team.store import HaltRecord


def state_lines(seen: Overview, lags: Mapping[str, Lag]) -> Iterator[tuple[str, str]]:
    """The label and the text of each line. `lags` are those of the journals at this host, by profile."""
    state = seen.state
    yield "store", seen.place
    yield "server", f"PostgreSQL {state.server_version}, schema version {state.schema_version}"
    slow = f"; too slow: a desk waits {CALL_TIMEOUT_S * 1000:.0f} ms, and {CONNECT_TIMEOUT_S:g} s for a connection"
    is_slow = seen.answer_s > CALL_TIMEOUT_S or seen.connect_s > CONNECT_TIMEOUT_S
    times = f"in {seen.answer_s * 1000:.0f} ms, connected in {seen.connect_s * 1000:.0f} ms"
    yield "answer", f"{times}{slow if is_slow else ''}"
    yield "clock", Skew(seen.ahead_s, seen.answer_s / 2).words
    yield "halts", str(len(state.halts) or "none")
    for halt in state.halts:
        yield f"  {halt.epoch}", _halt_words(halt)
    for rule in state.rules:
        by = f"{rule.operator} on {rule.host}, {rule.set_at:%Y-%m-%d %H:%M:%S}Z"
        yield "re-arm", f"two persons at {rule.server}, set by {by}"
    for request in state.requests:
        yield "  asked", f"{request.server}: {request.words}"
    for report in state.lone:
        yield "  lone", report.words
    yield "sends", f"{len(state.sends) or 'none'} open"
    for send in state.sends:
        yield f"  {send.id}", _send_words(send)
    yield "desks", f"{len(state.desks) or 'none'} open"
    for desk in state.desks:
        yield "", f"{desk.server}, {_portfolio_words(desk.portfolios)}: {desk.who}, {desk.doing}"
    yield "journals", str(len(state.journals) or "none")
    for journal in state.journals:
        yield "", _journal_words(journal)
        yield "  head", f"{journal.lines}:{journal.head}"
    for profile, lag in lags.items():
        yield "  here", f"profile {profile}: {lag.words}"


def _halt_words(halt: HaltRecord) -> str:
    return f"{halt.server}, {_portfolio_words(halt.portfolios)}: {halt.words}"


def _send_words(send: OpenSend) -> str:
    who = f"by {send.operator} on {send.host}, {send.registered_at:%Y-%m-%d %H:%M:%S}Z"
    return f"{send.server}, {_portfolio_words(send.portfolios)}: {send.call} {who}"


def _journal_words(journal: StoredJournal) -> str:
    newest = "" if journal.stored_at is None else f", the newest stored {journal.stored_at:%Y-%m-%d %H:%M:%S}Z"
    return f"{journal.server}, profile {journal.profile}: {journal.lines} lines{newest}"


def _portfolio_words(portfolios: tuple[str, ...]) -> str:
    return ", ".join(portfolios) or "all portfolios"
