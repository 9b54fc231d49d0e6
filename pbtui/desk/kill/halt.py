"""The halt of a profile: no order can be entered, changed or activated until the profile is re-armed.

Each halted profile has a file `halt/<owner>.json` in the platform's state folder. So the halt holds for every desk
and every command of this user, across restarts and kill -9. A copy in a folder shared by all programs of this user on
this host serves those with another home or state folder, and a full disk; it is lost when the host restarts.

A halt also holds for other profiles of its server whose portfolios overlap with its own; a profile or a kill without
portfolios overlaps with all. A kill fired while the profile is halted never narrows that. A file that can't be read
counts as a halt. A file of an earlier version, under the profile's name alone, halts every profile of that name.
"""

import contextlib
import os
import pwd
import socket
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.formats.time_format import kept_time
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.storage.halt_files import HaltFile, Written, halt_files, remove_halt, write_halt
from pbtui.desk.storage.places import Owner, earlier_owner, owner_of, profile_of
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.profiles import Profile

WHOLE_KILLS = 20
"""The newest kills that a halt keeps one by one. Of the older ones it keeps the newest of each plan."""


class HaltNotOnDisk(Exception):
    """The halt file could not be written or removed; the message is the reason."""


class FiredKill(msgspec.Struct, frozen=True):
    """A kill of a halted profile: what it was to do, the path of its JSON report, its token in the team store, and when
    it was fired, None if an earlier version wrote it.

    `older_tokens` are those of earlier kills of the same plan that the halt does not keep by themselves.
    """

    plan: KillPlan
    report: str = ""
    token: str = ""
    older_tokens: tuple[str, ...] = ()
    fired_at: datetime | None = None

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of this kill and of those that it stands for; empty if none was shared."""
        return tuple(token for token in (self.token, *self.older_tokens) if token)


class Halt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The halt of a profile: its reason, its start and the user.

    `profile` and `server` are whose halt it is, and `portfolios` those it holds for, all if empty. `owner` is the name
    of its file, `is_others` whether it is the halt of another profile or of another desk of the team; both are known to
    a reader only. `token` is the id of the halt in the team store, empty if an earlier version wrote it.

    `action` is the action of the kill, empty if none was fired. `report` is the path of its JSON report. `plan` is the
    plan that was fired, None if no kill was fired or the plan can't be read. `earlier` are the kills fired before it
    while the profile was halted, at least the newest of each plan. `problem` is the reason if the halt file can't be
    read, otherwise empty.
    """

    reason: str
    halted_at: datetime | None = None
    operator: str = ""
    host: str = ""
    action: str = ""
    report: str = ""
    plan: KillPlan | None = None
    earlier: tuple[FiredKill, ...] = ()
    profile: str = ""
    server: str = ""
    portfolios: tuple[str, ...] = ()
    problem: str = ""
    owner: Owner = Owner("")
    is_others: bool = False
    token: str = ""

    @property
    def kills(self) -> tuple[FiredKill, ...]:
        """All kills fired since the profile was halted, the newest first, if their plans can be read."""
        if self.plan is None:
            return self.earlier
        return (FiredKill(self.plan, self.report, self.token, fired_at=self.halted_at), *self.earlier)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of all kills fired since the profile was halted, each once."""
        earlier = (token for kill in self.earlier for token in kill.tokens)
        return tuple(dict.fromkeys(token for token in (self.token, *earlier) if token))

    @property
    def is_fired(self) -> bool:
        """Return whether a kill was fired or the file is unreadable: then the halt lasts until a re-arm."""
        return bool(self.action or self.problem)

    @property
    def words(self) -> str:
        """The halt as one text: reason, profile if it is another one, time, user and host."""
        if self.problem:
            return self.problem
        profile = f" by profile {self.profile}" if self.is_others else ""
        by = f" by {self.operator} on {self.host}" if self.operator else ""
        named = f"; by an earlier version: it holds for every profile named {self.owner}" if self.is_of_name else ""
        return f"{self.reason}{profile}{self._since}{by}{named}"

    @property
    def is_own(self) -> bool:
        """Return whether it is known to be the halt of this profile at this server: then its kill can be resumed."""
        return not (self.is_others or self.is_of_name)

    @property
    def name(self) -> str:
        """The profile whose halt it is."""
        return self.owner if self.is_of_name else self.profile

    @property
    def is_of_name(self) -> bool:
        """Return whether an earlier version wrote it: then only the profile's name is known, not the server."""
        return bool(self.owner) and "@" not in self.owner

    @property
    def _since(self) -> str:
        return "" if self.halted_at is None else f", {kept_time(self.halted_at, utc_now())}"


def halt_here(
    reason: str,
    *,
    action: str = "",
    report: str = "",
    plan: KillPlan | None = None,
    earlier: tuple[FiredKill, ...] = (),
    token: str = "",
) -> Halt:
    """A halt that begins now, by this user on this host."""
    try:
        operator = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        operator = f"uid {os.getuid()}"
    return Halt(
        reason=reason,
        halted_at=utc_now(),
        operator=operator,
        host=socket.gethostname(),
        action=action,
        report=report,
        plan=plan,
        earlier=_worth_keeping(earlier),
        token=token,
    )


def _worth_keeping(kills: Sequence[FiredKill]) -> tuple[FiredKill, ...]:
    """The newest kills, and the newest of each plan among those before them. Both are given newest first.

    A kill is owed until one of its plan or of a wider one is verified. So a later kill of the same plan stands for it:
    that one is owed itself, or proves both. A later kill of another plan does not.
    """
    kept = list(kills[:WHOLE_KILLS])
    newest = {kill.plan: place for place, kill in reversed([*enumerate(kept)])}
    for kill in kills[WHOLE_KILLS:]:
        if kill.plan not in newest:
            newest[kill.plan] = len(kept)
            kept.append(kill)
            continue
        same = kept[newest[kill.plan]]
        older = dict.fromkeys((*same.older_tokens, *kill.tokens))
        kept[newest[kill.plan]] = replace(same, older_tokens=tuple(older))
    return tuple(kept)


def read_halt(profile: Profile) -> Halt | None:
    """The halt that holds for a profile, its own first, None if there is none.

    An unreadable file gives a halt with `problem` set.
    """
    return next(read_halts(profile), None)


def own_halts(profile: Profile) -> list[Halt]:
    """The halts that are known to be of this profile at this server, the newest first, each once.

    There are two if the state folder could not take the newer one.
    """
    own = dict.fromkeys(halt for halt in read_halts(profile) if halt.is_own)
    return sorted(own, key=lambda halt: 0.0 if halt.halted_at is None else halt.halted_at.timestamp(), reverse=True)


def read_halts(profile: Profile) -> Iterator[Halt]:
    """All halts that hold for a profile, as `read_halt`. One that is in two folders comes twice."""
    own = (owner_of(profile), earlier_owner(profile))
    for file in halt_files(profile):
        halt = _decoded(file, is_others=file.owner not in own)
        if not halt.is_others or _overlap(halt.portfolios, profile.portfolios):
            yield halt


def _overlap(portfolios: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not portfolios or not others or not set(portfolios).isdisjoint(others)


@lru_cache(maxsize=16)
def _decoded(file: HaltFile, *, is_others: bool) -> Halt:
    """Decode a file. A desk reads the same ones at each poll."""
    profile = profile_of(file.owner)
    of = f" of profile {profile}" if is_others else ""
    unread = Halt(reason="halted", profile=profile, owner=file.owner, is_others=is_others)
    if file.problem:
        return replace(unread, problem=f"the halt file{of} can't be read: {file.problem} ({file.path})")
    try:
        facts = msgspec.json.decode(file.content, type=dict[str, Any])
        plain = [name for name in Halt.__struct_fields__ if name not in ("plan", "earlier", "owner", "is_others")]
        halt = msgspec.convert({name: facts[name] for name in plain if name in facts}, Halt)
        halt = replace(
            halt,
            profile=halt.profile or profile,
            plan=_plan(facts.get("plan")),
            earlier=tuple(_fired(facts.get("earlier"))),
            owner=file.owner,
            is_others=is_others,
        )
        # Earlier versions wrote the portfolios of the newest kill alone.
        return replace(halt, portfolios=()) if _is_account_wide(halt) else halt
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return replace(unread, problem=f"the halt file{of} is damaged ({file.path})")


def _plan(facts: object) -> KillPlan | None:
    """The plan in a halt file, None if it can't be read; the rest of the file stays usable."""
    try:
        return msgspec.convert(facts, KillPlan | None)
    except msgspec.ValidationError:
        return None


def _fired(facts: object) -> Iterator[FiredKill]:
    """The earlier kills in a halt file, without those that can't be read."""
    for fact in facts if isinstance(facts, list) else []:
        with contextlib.suppress(msgspec.ValidationError):
            yield msgspec.convert(fact, FiredKill)


def reason_of(plan: KillPlan) -> str:
    """The reason of the halt of a kill."""
    return f"kill {plan.action.value} fired"


def halted_portfolios(profile: Profile, plan: KillPlan | None) -> tuple[str, ...]:
    """The portfolios that a halt of the profile holds for, all if empty: a kill of the whole account halts all."""
    return () if plan is not None and plan.action.is_account_wide else profile.portfolios


def _is_account_wide(halt: Halt) -> bool:
    """Return whether one of its kills reached everything."""
    return any(kill.plan.action.is_account_wide for kill in halt.kills)


def engage(profile: Profile, halt: Halt, replaced: Sequence[Halt] = ()) -> Written:
    """Write the halt to disk, atomically and synced, and a copy where all programs of this user look.

    It holds for all that those held for which it replaces: only a re-arm lifts a halt.
    """
    scopes = [halted_portfolios(profile, halt.plan), *(each.portfolios for each in replaced)]
    is_of_all = _is_account_wide(halt) or not all(scopes)
    scope = () if is_of_all else tuple(dict.fromkeys(chain.from_iterable(scopes)))
    halt = replace(halt, profile=profile.name, server=profile.server, portfolios=scope)
    return write_halt(owner_of(profile), msgspec.json.encode(halt) + b"\n")


def write_again(halt: Halt) -> Written:
    """Write a halt that was read once more, where it was."""
    return write_halt(halt.owner, msgspec.json.encode(replace(halt, owner=Owner(""), is_others=False)) + b"\n")


def release(owner: Owner) -> None:
    """Remove the halt. Raises HaltNotOnDisk if it can't be removed."""
    try:
        remove_halt(owner)
    except OSError as error:
        raise HaltNotOnDisk(problem_of(error)) from error
