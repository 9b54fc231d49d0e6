"""Orders and changes as they were typed, read into requests once the time of the exchange is known.

A time without a date is the next one after the moment it was typed, by the exchange's clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from pbtui.api.codes import ExecutionInstruction, ModifyAction
from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.cli.invocation import Invocation
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.write.json_file import bodies
from pbtui.cli.write.line_reading import names_for, refuse
from pbtui.cli.write.options import given_options, given_texts
from pbtui.desk.drafts.draft import NO_CHANGE, basket_problems, entry_texts, first_texts, read_changes, read_entry
from pbtui.desk.drafts.entry_line import read_line
from pbtui.desk.drafts.line_faults import faults_of
from pbtui.desk.drafts.line_names import KnownNames
from pbtui.desk.drafts.position import GUARD, asks_position, with_any_position
from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.request_fields import ENTRY_FIELDS
from pbtui.desk.tickets.describe import subject
from pbtui.desk.tickets.ticket import change_line
from pbtui.settings.profiles import Profile


@dataclass(frozen=True)
class TypedEntries:
    """New orders: one from a line and options, or those of a file, `listed`. `names` are what the line can name."""

    profile: Profile
    texts: Mapping[str, str]
    line: str = ""
    names: KnownNames | None = None
    listed: Sequence[OrderEntry] | None = None
    exec_instruction: ExecutionInstruction | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], invocation: Invocation, profile: Profile, typed_at: datetime) -> Self:
        """Return what a command was given. Raises LocalRefusal, also if names of the line can't be read."""
        texts, line = given_texts(given, ENTRY_FIELDS), given["line"] or ""
        instruction = given_options(given).exec_instruction
        if given["source"] is not None:
            refuse_both(given, texts)
            return cls(profile, texts, listed=bodies(given["source"], OrderEntry), exec_instruction=instruction)
        names = names_for(line, invocation, profile, typed_at, is_dry=given["dry_run"]) if line else None
        return cls(profile, texts, line, names, exec_instruction=instruction)

    def read(self, typed_at: datetime, now: datetime) -> list[OrderEntry]:
        """Return the orders that are meant, as of the moment they were typed. Raises LocalRefusal."""
        zone = ZoneInfo(self.profile.market_timezone)
        if self.listed is None:
            drafts = [self._texts(zone, typed_at, now)]
        else:
            drafts = [entry_texts(entry, zone) for entry in self.listed]
        drafts = [{**first_texts(self.profile.environment), **draft} for draft in drafts]
        entries = []
        for number, draft in enumerate(drafts, 1):
            what = f"order {number} of {len(drafts)}" if len(drafts) > 1 else "the order"
            entries.append(_entry(what, draft, zone, typed_at, now))
        if problems := basket_problems(entries, self.exec_instruction):
            raise LocalRefusal("; ".join(problems))
        return entries

    def _texts(self, zone: ZoneInfo, typed_at: datetime, now: datetime) -> Mapping[str, str]:
        """Return the fields of a new order by name, from its line and the options. Raises LocalRefusal."""
        if self.names is None:
            return self.texts
        line = read_line(self.line, zone, typed_at, self.names)
        both = [name for name in line.texts if name in self.texts]
        twice = [f"{FIELDS[name].label} is in the line and an option: give one" for name in both]
        whole = {**self.texts, **line.texts}
        typed = with_any_position({**first_texts(self.profile.environment), **whole})
        faults = faults_of(line, read_entry(typed, zone, now, dict.fromkeys(typed, typed_at)).problems)
        if faults or twice:
            refuse(self.line, faults, twice)
        return whole


def refuse_both(given: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Raise LocalRefusal if orders or fields are given beside the file of --from."""
    names_orders = given.get("line") or given.get("order_ids") or given.get("order_ids_from")
    own = {name: text for name, text in texts.items() if name != GUARD or (text and not asks_position(texts))}
    if own or names_orders or given.get("revision_no") is not None:
        raise LocalRefusal("give the orders and their fields either in the file of --from or as options, not both")


def _entry(what: str, texts: Mapping[str, str], zone: ZoneInfo, typed_at: datetime, now: datetime) -> OrderEntry:
    reading = read_entry(with_any_position(texts), zone, now, dict.fromkeys(texts, typed_at))
    if reading.entry is None:
        raise LocalRefusal(_problem_text(what, reading.problems))
    return reading.entry.model_copy(update={GUARD: None}) if asks_position(texts) else reading.entry


def changes_of(order: Order, texts: Mapping[str, str], zone: ZoneInfo, typed_at: datetime) -> OrderModify:
    """Return the typed changes of an order. Raises LocalRefusal."""
    reading = read_changes(order, with_any_position(texts), zone, typed_at)
    if reading.changes is None:
        raise LocalRefusal(_problem_text(described(order, zone), reading.problems))
    return reading.changes.model_copy(update={GUARD: None}) if asks_position(texts) else reading.changes


def described(order: Order, zone: ZoneInfo) -> str:
    """Return the words for an order that is to be changed."""
    return subject(change_line(order, OrderModify(action=ModifyAction.MODI)), zone)


def _problem_text(what: str, problems: Mapping[str, str]) -> str:
    lines = [f"{what} has problems; nothing was sent:"]
    for name, reason in problems.items():
        lines.append(f"  {reason}" if name == NO_CHANGE else f"  --{name.replace('_', '-')}: {reason}")
    return "\n".join(lines)
