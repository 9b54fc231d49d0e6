"""Work on a team store by hand: its schema is made and renewed, and it is looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from pbtui.api.clock import steady_s, utc_now
from pbtui.desk.team.database.connection import Check, Unusable, connected, decoded, reason_of, require_schema, within
from pbtui.desk.team.database.password import Address, Password, SecuredAddress, address_of
from pbtui.desk.team.lone import LoneReport
from pbtui.desk.team.migration import applied_version, migrate
from pbtui.desk.team.presence import OtherDesk
from pbtui.desk.team.store import HaltRecord, RearmRequest, SendRecord, StoreUnreachable
from pbtui.settings.team import TeamSettings

ANSWER_WITHIN_S = 5.0
_MIGRATE_WITHIN_S = 60.0

_OVERVIEW = """\
select jsonb_build_object(
    'at', clock_timestamp(),
    'server_version', current_setting('server_version'),
    'schema_version', (select max(version) from pbtui.schema_version),
    'halts', (
        select coalesce(jsonb_agg(to_jsonb(h) order by h.server, h.epoch desc), '[]')
        from pbtui.halt h where h.lifted_at is null
    ),
    'sends', (
        select coalesce(jsonb_agg(to_jsonb(s) order by s.id), '[]')
        from pbtui.account a, pbtui.sends_that_may_land(a.server) s
    ),
    'journals', (
        select coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('stored_at', (
            select max(r.stored_at) from pbtui.journal_run r where r.server = j.server and r.profile = j.profile
        )) order by j.server, j.profile), '[]')
        from pbtui.journal j
    ),
    'rules', (select coalesce(jsonb_agg(to_jsonb(r) order by r.server), '[]') from pbtui.rearm_rule r),
    'requests', (
        select coalesce(jsonb_agg(to_jsonb(q) order by q.id), '[]')
        from pbtui.rearm_request q where q.ended_at is null and q.until > clock_timestamp()
    ),
    'lone', (
        select coalesce(jsonb_agg(to_jsonb(l) order by l.id), '[]')
        from (select * from pbtui.lone order by id desc limit 20) l
    ),
    'desks', (
        select coalesce(jsonb_agg(to_jsonb(p) - 'results' order by p.server, p.since, p.desk), '[]')
        from pbtui.presence p where p.seen_at > clock_timestamp() - interval '15 seconds'
    )
)::text
"""


class Renewal(NamedTuple):
    """The files of the schema that were applied, and the version that the schema has now."""

    applied: tuple[str, ...]
    version: int


class OpenSend(SendRecord, frozen=True, kw_only=True):
    """A send that can still enter an order, and the server that it goes to."""

    server: str


class OpenDesk(OtherDesk, frozen=True, kw_only=True):
    """A desk that is open, the server that it uses, and its portfolios, all if there are none."""

    server: str
    portfolios: tuple[str, ...]


class StoredJournal(msgspec.Struct, frozen=True, kw_only=True):
    """The journal of a profile in the store: its lines and their head. `stored_at` is when the newest was stored."""

    server: str
    profile: str
    lines: int
    head: str
    stored_at: datetime | None = None


class RearmRule(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that two persons re-arm a server: the operator and host that set it, and when."""

    server: str
    operator: str
    host: str
    set_at: datetime


class OpenRequest(RearmRequest, frozen=True, kw_only=True):
    """A request to confirm a re-arm, and the server that it is for."""

    server: str


class StoreState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of all servers: the halts, rules and requests that hold, open sends and desks, the journals, and the
    newest reports of hosts that were cut loose.

    `at` is the time of the store.
    """

    at: datetime
    server_version: str
    schema_version: int
    halts: tuple[HaltRecord, ...]
    sends: tuple[OpenSend, ...]
    journals: tuple[StoredJournal, ...] = ()
    desks: tuple[OpenDesk, ...] = ()
    rules: tuple[RearmRule, ...] = ()
    requests: tuple[OpenRequest, ...] = ()
    lone: tuple[LoneReport, ...] = ()


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A store that answered: where it is, how fast it is, and its state.

    `ahead_s` is how far this host's clock is ahead of the store's; the error is at most half of `answer_s`.
    """

    place: str
    connect_s: float
    answer_s: float
    ahead_s: float
    state: StoreState


def address_as(team: TeamSettings, file: Path | None, user: str | None) -> Address:
    """The address of the settings in this file, with another user if one is named.

    Raises ValueError with what is wrong with the address.
    The command of the settings prints the password of the user of the settings, so it is not that of another one.
    """
    try:
        text = make_conninfo(team.store, **({} if user is None else {"user": user}))
    except psycopg.ProgrammingError as error:
        raise ValueError(reason_of(error)) from None
    return address_of(team, file) if user is None else SecuredAddress(text, Password(team.store, user=user), file)


async def create(address: Address) -> Renewal:
    """Apply the files of the schema that the database lacks, which may be all.

    Raises StoreUnreachable, and Unusable if the server refuses it.
    """
    async with opened(address, _any_schema) as connection:
        return await _migrated(connection)


async def renew(address: Address) -> Renewal:
    """Apply the files that the schema lacks. Raises as `create`, also if there is no schema."""
    async with opened(address, _some_schema) as connection:
        return await _migrated(connection)


async def look_at(address: Address) -> Overview:
    """Connect as a desk does, and read the state. Raises StoreUnreachable, and Unusable with the reason."""
    began_s = steady_s()
    async with opened(address, require_schema) as connection:
        connected_s, sent_at = steady_s(), utc_now()
        row = await within(ANSWER_WITHIN_S, connection, _one_row(connection))
        answer_s, answered_at = steady_s() - connected_s, utc_now()
        state = decoded(row, StoreState)
        info = connection.info
        return Overview(
            place=f"database {info.dbname} at {info.host}, port {info.port}, as {info.user}",
            connect_s=connected_s - began_s,
            answer_s=answer_s,
            ahead_s=(sent_at + (answered_at - sent_at) / 2 - state.at).total_seconds(),
            state=state,
        )


async def _one_row(connection: psycopg.AsyncConnection) -> str:
    row = await (await connection.execute(_OVERVIEW)).fetchone()
    return str(row[0]) if row else ""


async def _migrated(connection: psycopg.AsyncConnection) -> Renewal:
    try:
        applied = await within(_MIGRATE_WITHIN_S, connection, migrate(connection))
        return Renewal(tuple(applied), await within(ANSWER_WITHIN_S, connection, applied_version(connection)))
    except psycopg.errors.InsufficientPrivilege as error:
        remedy = "name a user with more rights with --as, or let a DBA run what pbtui team init --print-sql prints"
        raise Unusable(f"{error.diag.message_primary}; {remedy}") from None


async def _any_schema(_connection: psycopg.AsyncConnection) -> None:
    pass


async def _some_schema(connection: psycopg.AsyncConnection) -> None:
    if await applied_version(connection) == 0:
        await require_schema(connection)


@asynccontextmanager
async def opened(address: Address, check: Check) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection to the primary. Turns the errors of the driver into StoreUnreachable and Unusable."""
    try:
        connection = await connected(address, ANSWER_WITHIN_S, check)
        try:
            yield connection
        finally:
            await connection.close()
    except TimeoutError:
        raise StoreUnreachable(f"no answer within {ANSWER_WITHIN_S:g} s", utc_now()) from None
    except (OSError, psycopg.Error) as error:
        if _is_answer(error):
            raise Unusable(reason_of(error)) from None
        raise StoreUnreachable(reason_of(error), utc_now()) from None


def _is_answer(error: Exception) -> bool:
    """Return whether the server refused: at the start of a connection the driver has its words only, and no code."""
    has_code = isinstance(error, psycopg.Error) and error.sqlstate is not None
    return has_code or "FATAL:" in str(error) or "no password supplied" in str(error)
