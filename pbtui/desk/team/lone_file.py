"""The file of a host that is cut loose from its team, and how the host joins the team again.

Only while this file is there, and the store does not answer, a send passes without the store. Each of them is in the
file, synced, before it leaves. The host joins again by itself, as soon as the store answers: the file is put aside, so
that no further send passes, and then reported.
"""

from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from pbtui.api.clock import utc_now
from pbtui.api.randomness import unique_id
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import lone_file, owner_of
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.lone import Lone, LoneSend, cut_loose_command
from pbtui.desk.team.store import StoreUnreachable, TeamStore
from pbtui.settings.profiles import Profile

_MOST_BYTES = 2**24
_LOCK_WITHIN_S = 0.5
_ASIDE = ".ended.jsonl"
_HOLDS_FOR = timedelta(hours=12)
"""The word that was typed is for this shift, not for whoever starts a desk on another day."""


class _Head(Struct, frozen=True, kw_only=True):
    token: str
    operator: str
    host: str
    reason: str
    since: Annotated[datetime, Meta(tz=True)]


class LoneFile:
    """The file of a profile at this host. All its programs share it: the desk and the commands."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._owner = owner_of(profile)

    @property
    def _path(self) -> Path:
        return lone_file(self._owner)

    @property
    def command(self) -> str:
        """The command for a shell that cuts the profile loose."""
        return cut_loose_command(self._profile)

    def begin(self, operator: str, host: str, reason: str) -> Lone:
        """Cut the profile loose, after an earlier time that is still to be reported. Raises OSError."""
        self._move_aside()
        head = _Head(token=unique_id(), operator=operator, host=host, reason=reason, since=utc_now())
        disk().write_whole(self._path, msgspec.json.encode(head) + b"\n")
        return Lone(token=head.token, operator=operator, host=host, reason=reason, since=head.since)

    def read(self) -> Lone | None:
        """The state now; None if the profile is not cut loose. An old file, or an unreadable one, cuts nobody loose."""
        lone = _read(self._path)
        return lone if lone is not None and abs(utc_now() - lone.since) < _HOLDS_FOR else None

    def let_pass(self, call: str, token: str) -> bool:
        """Record a send that is about to leave. Returns whether it may: the profile is cut loose, and no halt is known.

        Another program of this host may have read a halt, and the store may be away again since.
        """
        try:
            known = KnownHalts(self._profile)
            is_free = self.read() is not None and not known.held and not known.problem
            return is_free and self._append(LoneSend(call, token))
        except OSError:
            return False

    def end(self, call: str, token: str, ending: str) -> None:
        """Record how such a send ended. Once the file is put aside, the store has the send, and gets its end."""
        with suppress(OSError):
            self._append(LoneSend(call, token, ending))

    def _append(self, send: LoneSend) -> bool:
        """Add a line, synced. Returns whether it is in the file: that may have been put aside meanwhile."""
        if not disk().has(self._path):
            return False
        with closing(disk().open_shared(self._path, _LOCK_WITHIN_S)) as file:
            if not file.size or not disk().has(self._path):
                return False
            file.append(msgspec.json.encode(send) + b"\n")
            file.sync()
            return True

    def put_aside(self) -> tuple[tuple[Path, Lone], ...]:
        """End the state. Returns what is to be reported, also of earlier times. Raises OSError."""
        self._move_aside()
        try:
            paths = [path for path in disk().files(self._path.parent) if path.name.endswith(_ASIDE)]
        except FileNotFoundError:
            return ()
        of_profile = [path for path in paths if path.name.startswith(f"{self._owner}.")]
        return tuple((path, lone) for path in of_profile if (lone := _read(path)) is not None)

    def _move_aside(self) -> None:
        if (lone := _read(self._path)) is not None:
            aside = self._path.with_name(f"{self._owner}.{lone.token}{_ASIDE}")
            disk().move(self._path, aside)
            disk().open_shared(aside, _LOCK_WITHIN_S).close()  # a send that was being added is in it now

    def forget(self, path: Path) -> None:
        """Remove what was reported."""
        with suppress(OSError):
            disk().remove(path)


def _read(path: Path) -> Lone | None:
    try:
        first, *lines = disk().read(path, _MOST_BYTES).splitlines()
        head = msgspec.json.decode(first, type=_Head)
    except (OSError, ValueError):
        return None
    sends: dict[str, LoneSend] = {}
    for line in lines:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):  # torn by a crash: nothing left after it
            send = msgspec.json.decode(line, type=LoneSend)
            sends[send.token] = send
    return Lone(
        token=head.token,
        operator=head.operator,
        host=head.host,
        reason=head.reason,
        since=head.since,
        sends=tuple(sends.values()),
    )


async def rejoin(store: TeamStore, file: LoneFile) -> Sequence[Lone]:
    """Join the team again, whose store has just answered, and report what was done without it.

    Returns what was reported. What the store did not take is reported next time.
    """
    reported = []
    with suppress(OSError, StoreUnreachable):
        for path, lone in file.put_aside():
            await store.report_lone(lone)
            file.forget(path)
            reported.append(lone)
    return reported
