"""Completion of the last word of an entry line: deliveries that trade, portfolios, areas, names and words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from pbtui.desk.drafts.entry_line import EntryLine, read_line
from pbtui.desk.drafts.line_delivery import DAYS
from pbtui.desk.drafts.line_names import KnownNames, LineContract
from pbtui.desk.drafts.line_words import FOLLOWED, WORDS, split_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.time_input import typed_moment
from pbtui.settings.areas import AREAS

_LAST_WORD = re.compile(r"[^\s@]+$")
_WITHOUT_NAMES = ("@", "gtd", "iceberg")
_BEGINNINGS = (*DAYS, *FOLLOWED)
"""Words that need another one, so that a line is not understood with them alone."""
_TRIED_AT_MOST = 8
_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Completion:
    """The line with its last word completed, that word, and the delivery that it means, if it means one.

    `problems` are those of the words before it.
    """

    line: str
    word: str
    note: str
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Proposal:
    word: str
    contract: LineContract | None = None
    is_delivery: bool = False


def completion_of(line: str, zone: ZoneInfo, now: datetime, known: KnownNames, area: str = "") -> Completion | None:
    """Return the first completion of the last word; None if there is none, or the word is complete.

    Only deliveries of contracts that trade in `area` are proposed; in any area if it is empty. The line is read as
    `read_line` does: a completion never adds a problem, and means the delivery of its contract.
    """
    found = _LAST_WORD.search(line)
    if found is None or split_text(line)[1]:
        return None
    typed, head = found[0].casefold(), line[: found.start()]
    before = read_line(head, zone, now, known)
    preset = known.presets.get(typed.removeprefix("="), "")
    if preset and not split_text(preset)[1] and read_line(line, zone, now, known).presets.keys() - before.presets:
        return Completion(f"{head}{preset}", preset, "", before.problems)
    all_proposals = list(_proposals(head, known, area, zone))
    if any(each.word.casefold() == typed for each in all_proposals):
        return None
    if typed.isdigit() and "quantity" not in before.texts and _word_before(head) != "contract":
        return None  # a quantity is being typed
    matching = (each for each in all_proposals if each.word.casefold().startswith(typed))
    for each in islice(matching, _TRIED_AT_MOST):
        after = read_line(f"{head}{each.word}", zone, now, known)
        if each.word in _BEGINNINGS or _is_understood(each, before, after, zone):
            note = "" if each.contract is None else _delivery_words(each.contract, zone)
            return Completion(f"{head}{each.word}", each.word, note, before.problems)
    return None


def _is_understood(proposal: _Proposal, before: EntryLine, after: EntryLine, zone: ZoneInfo) -> bool:
    if len(after.problems) > len(before.problems):
        return False
    start = proposal.contract.delivery_start if proposal.contract else None
    is_meant = start is not None and after.texts.get("dlvry_start") == typed_moment(start, zone)
    return is_meant or not proposal.is_delivery


def _delivery_words(contract: LineContract, zone: ZoneInfo) -> str:
    return delivery_text(contract.delivery_start, contract.delivery_end, zone)


def _word_before(head: str) -> str:
    return (head.replace("@", " @ ").casefold().split() or [""])[-1]


def _proposals(head: str, known: KnownNames, area: str, zone: ZoneInfo) -> Iterator[_Proposal]:
    """The proposals for the word after `head`, the likeliest first."""
    before = _word_before(head)
    if before in _WITHOUT_NAMES:
        return
    traded = [each for each in known.contracts if not area or not each.areas or area in each.areas]
    if before == "contract":
        yield from (_Proposal(text, each) for each in traded for text in (each.name, each.contract_id) if text)
        return
    if before != "area":
        yield from map(_Proposal, known.portfolios)
    if before not in ("area", "portfolio"):
        yield from map(_Proposal, (*known.presets, *(f"={name}" for name in known.presets), *WORDS))
    if before != "portfolio":
        yield from map(_Proposal, _areas(known))
    if before not in ("area", "portfolio"):
        yield from map(_Proposal, _BEGINNINGS)
        for each in traded:
            ways = _starts(each, zone, known.market_zone or zone)
            yield from (_Proposal(text, each, is_delivery=True) for text in ways)
        yield from (_Proposal(each.name, each) for each in traded if each.name)


def _areas(known: KnownNames) -> Sequence[str]:
    """The short names of the areas, those in which contracts trade first."""
    trading = {area for contract in known.contracts for area in contract.areas}
    return [AREAS[code].lower() for code in sorted(AREAS, key=lambda code: code not in trading)]


def _starts(contract: LineContract, zone: ZoneInfo, market_zone: ZoneInfo) -> Sequence[str]:
    """The ways to write the delivery of a contract."""
    if contract.delivery_start is None or contract.delivery_end is None:
        return ()
    start, end = contract.delivery_start.astimezone(zone), contract.delivery_end.astimezone(zone)
    length = contract.delivery_end - contract.delivery_start
    if length == _QUARTER:
        return (f"{start:%H:%M}",)
    if length == _HOUR and not start.minute:
        return f"{start.hour}-{start.hour + 1}", f"h{start.astimezone(market_zone).hour + 1}"
    return (f"{start:%H:%M}-{end:%H:%M}",)
