"""The requests of a kill as lines. Reads in a row with the same answer share a line, which only counts them.

A kill is watched with a read each second. A line for each would move the report down each time.
"""

from collections.abc import Iterator, Sequence

from pbtui.desk.kill.progress import KillCall
from pbtui.ui.order.ticket_lines import hanging
from pbtui.ui.widgets.lines import Line

_SHOWN = 12
_PATH_WIDTH = 18


def request_lines(calls: Sequence[KillCall], width: int) -> Iterator[Line]:
    """Return the lines of the last requests, newest first."""
    for alike in [*reversed(_grouped(calls))][:_SHOWN]:
        newest = alike[-1]
        ended = next((call for call in reversed(alike) if call.end), newest)
        lead = f" {newest.requested_s:>7.3f} s  {f'{newest.method} {newest.path}':<{_PATH_WIDTH}} ", "label"
        role = "text" if ended.status is not None and ended.status < 400 else "warning"
        yield from hanging(lead, _words(alike, ended), width - 1, role)


def _grouped(calls: Sequence[KillCall]) -> list[list[KillCall]]:
    """The requests, with reads together that follow each other and say the same; one under way says nothing yet."""
    groups: list[list[KillCall]] = []
    for call in calls:
        last = groups[-1][-1] if groups else None
        if last is not None and not call.is_kill and _asked(call) == _asked(last) and call.end in ("", last.end):
            groups[-1].append(call)
        else:
            groups.append([call])
    return groups


def _asked(call: KillCall) -> tuple[str, str, str]:
    return call.method, call.path, call.about


def _words(alike: Sequence[KillCall], ended: KillCall) -> str:
    if ended.ended_s is None:
        return f"{ended.about} …"
    times = sum(1 for call in alike if call.end)
    counted = f", {times} times since {alike[0].requested_s:.3f} s" if times > 1 else ""
    again = "" if alike[-1].end else ", again …"
    return f"{ended.about}: {ended.end} {ended.ended_s - ended.requested_s:.3f} s{counted}{again}"
