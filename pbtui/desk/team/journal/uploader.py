"""Brings the journal of a profile at this host to the team store, beside a desk.

A line is in its file first. The uploader looks there every second, also for lines of earlier runs and of other
programs: what a kill or a command leaves comes with the next program that brings lines. It has a connection of its
own, and neither the gate nor a kill waits for it. While the store is away, lines wait in their files.

Several programs of a profile may do this at once. Each brings the lines in the order of the head, and the store takes
no line twice.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import LiteralString

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from pbtui.api.clock import utc_now
from pbtui.api.structs import replace
from pbtui.desk.event_loop import end_tasks
from pbtui.desk.storage.places import owner_of
from pbtui.desk.team.database.connection import connected, decoded, end_now, require_schema, within
from pbtui.desk.team.database.password import address_of
from pbtui.desk.team.journal.confirmed import Confirmed, Refusal, StoreHead, read_confirmed, write_confirmed
from pbtui.desk.team.journal.left_over import left_over
from pbtui.desk.team.journal.pending import Part, Pending, Place, Skipped
from pbtui.desk.team.opening import participant_of
from pbtui.settings.profiles import Profile

_CONNECT_WITHIN_S = 5.0
_ANSWER_WITHIN_S = 10.0
_LOOK_EVERY_S = 1.0
_AGAIN_AFTER_S = 2.0
_LAST_TRY_S = 1.0

_Values = Sequence[object] | Mapping[str, object]
ADD_LINES = "select pbtui.add_journal_lines(%s, %s, %s, %s, %s, %s, %s, %s::bytea[], %s)::text"
_KNOWS = """\
select to_jsonb(coalesce((
    select l.chain = %(chain)s from pbtui.journal_line l
    where l.server = %(server)s and l.profile = %(profile)s and l.no = %(no)s
), (
    select min(l.no) > %(no)s from pbtui.journal_line l -- its month was taken out
    where l.server = %(server)s and l.profile = %(profile)s
), false))::text
"""


class _Answer(msgspec.Struct, frozen=True):
    """The answer of the store to the lines of one call."""

    refused: str = ""
    line: int = 0
    no: int = 0
    chain: str = ""


class Uploader:
    """Brings the lines of one profile, until it is finished. Nothing of it raises, or waits for the store elsewhere."""

    def __init__(self, profile: Profile) -> None:
        self._address = address_of(profile.team, profile.file)
        self._owner = owner_of(profile)
        self._here = participant_of(profile)
        self._connection: psycopg.AsyncConnection | None = None
        self._pending: Pending | None = None
        self._confirmed = Confirmed()
        self._left_over_is_there = False
        self._ends = asyncio.Event()

    async def run(self) -> None:
        """Bring what waits, again and again. After `finish` once more, unless the store was away."""
        try:
            is_last = is_away = False
            while not (is_last and is_away):
                try:
                    await self._bring_all()
                    is_away = False
                except Exception:  # noqa: BLE001 - the desk goes on; `pbtui team status` shows what waits, and why
                    is_away = True
                    self._forget()
                if is_last:
                    break
                with suppress(TimeoutError):
                    async with asyncio.timeout(_AGAIN_AFTER_S if is_away else _LOOK_EVERY_S):
                        await self._ends.wait()
                is_last = self._ends.is_set()
        finally:
            self._forget()

    def finish(self) -> None:
        """Let `run` end."""
        self._ends.set()

    async def _bring_all(self) -> None:
        confirmed = await asyncio.to_thread(read_confirmed, self._owner)
        if self._pending is None or confirmed != self._confirmed:  # another program may have brought some
            self._confirmed, self._pending = confirmed, Pending(self._owner, confirmed)
        while (step := await asyncio.to_thread(self._pending.next)) is not None:
            if self._connection is None and not await self._connect():
                return
            await self._bring(self._pending, step)
        if not self._left_over_is_there:
            await self._bring_left_over(self._pending)
            self._left_over_is_there = True

    async def _bring_left_over(self, pending: Pending) -> None:
        place = Place(self._confirmed.newest, self._confirmed.size)
        for part in await asyncio.to_thread(left_over, self._owner, place):
            if self._connection is None and not await self._connect():
                return
            await self._bring(pending, part)

    async def _bring(self, pending: Pending, step: Part | Skipped) -> None:
        refusal = await self._refusal(step) if isinstance(step, Part) else step.refusal
        refused = self._confirmed.refused
        if refusal is not None:
            pending.refuse(refusal)
            refused = (*refused, refusal)
        newest, size = step.done
        await self._note(replace(self._confirmed, newest=newest, size=size, refused=refused))

    async def _refusal(self, part: Part) -> Refusal | None:
        """Give the lines of a part to the store. Returns what it refuses."""
        values = (
            *(self._here.server, self._here.profile),
            *(_named(part, "operator", self._here.operator), _named(part, "host", self._here.host)),
            *(str(part.file), part.run, part.first, list(part.lines)),
            Jsonb([msgspec.to_builtins(word) for word in part.words]),
        )
        answer = decoded(await self._ask(ADD_LINES, values), _Answer)
        if answer.refused:
            return Refusal(part.file.name, answer.line, answer.refused)
        self._confirmed = replace(self._confirmed, head=StoreHead(answer.no, answer.chain, utc_now()))
        return None

    # ------------------------------------------------------------ the store

    async def _connect(self) -> bool:
        """Connect. Returns False if the store does not know the head that it had confirmed: all is brought again then.

        It was restored from a backup, is another one, or was cut.
        """
        self._connection = await connected(self._address, _CONNECT_WITHIN_S, require_schema)
        head = self._confirmed.head
        if head is None:
            return True
        values = {"server": self._here.server, "profile": self._here.profile, "no": head.no, "chain": head.chain}
        if decoded(await self._ask(_KNOWS, values), bool):
            return True
        await self._note(Confirmed(lost=(*self._confirmed.lost, head)))
        self._pending = None
        return False

    async def _ask(self, query: LiteralString, values: _Values) -> str:
        assert self._connection is not None  # noqa: S101 - the caller has connected
        return await within(_ANSWER_WITHIN_S, self._connection, _one(self._connection, query, values))

    async def _note(self, confirmed: Confirmed) -> None:
        self._confirmed = confirmed
        await asyncio.to_thread(write_confirmed, self._owner, confirmed)

    def _forget(self) -> None:
        """Begin again with the file: what was under way may be in the store or not."""
        self._pending = None
        connection, self._connection = self._connection, None
        if connection is not None:
            end_now(connection)


async def _one(connection: psycopg.AsyncConnection, query: LiteralString, values: _Values) -> str:
    row = await (await connection.execute(query, values)).fetchone()
    return str(row[0]) if row else ""


def _named(part: Part, name: str, other: str) -> str:
    """The user or host that wrote the run, as its first line says."""
    found = part.opening.get(name)
    return found.replace("\0", "\ufffd") if isinstance(found, str) else other


@asynccontextmanager
async def uploading(profile: Profile) -> AsyncIterator[None]:
    """Bring the journal to the store until the end of the block, and what was written last after it."""
    uploader = Uploader(profile)
    running = asyncio.create_task(uploader.run())
    try:
        yield
    finally:
        uploader.finish()
        await asyncio.wait({running}, timeout=_LAST_TRY_S)
        await end_tasks(running)


async def bring(profile: Profile) -> None:
    """Bring what waits once, as far as the store takes it within a few seconds. The next program brings the rest."""
    uploader = Uploader(profile)
    uploader.finish()
    with suppress(TimeoutError):
        async with asyncio.timeout(_CONNECT_WITHIN_S):
            await uploader.run()
