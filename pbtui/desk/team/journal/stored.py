"""Lines of the journals in the team store: which ones are asked for, and each as it is read."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection, sql
from psycopg.rows import kwargs_row

from pbtui.desk.journal.line import JournalEntry, LineUnreadable, read_line
from pbtui.desk.team.database.administration import opened
from pbtui.desk.team.database.connection import require_schema, within
from pbtui.desk.team.database.password import Address
from pbtui.desk.team.journal.searchable import as_stored

_PAGE = 1000
_ANSWER_WITHIN_S = 60.0

_LINES = sql.SQL("""\
select l.*, r.operator, r.host, r.file from pbtui.journal_line l join pbtui.journal_run r using (run)
where l.server = %(server)s""")
_AFTER = sql.SQL("""
and (l.at, l.profile, l.no) > (%(at)s, %(profile)s, %(no)s) order by l.at, l.profile, l.no limit %(most)s""")
_NEWEST = sql.SQL("\norder by l.at desc, l.profile desc, l.no desc limit %(last)s")
_OF_PROFILE = sql.SQL("""
and l.profile = %(profile)s and l.no > %(no)s and l.no <= %(newest)s order by l.no limit %(most)s""")
_CONDITIONS = {
    "operators": sql.SQL("\nand r.operator = any(%(operators)s)"),
    "hosts": sql.SQL("\nand r.host = any(%(hosts)s)"),
    "profiles": sql.SQL("\nand l.profile = any(%(profiles)s)"),
    "kinds": sql.SQL("\nand l.kind = any(%(kinds)s)"),
    "since": sql.SQL("\nand l.at >= %(since)s"),
    "before": sql.SQL("\nand l.at < %(before)s"),
    # Requests and results name their ticket only: those of a ticket belong to its orders and portfolios. An array of
    # tickets, and no `in`: so PostgreSQL can use the indexes of both.
    "orders": sql.SQL("""
and (l.orders && %(orders)s or l.ticket = any(array(
    select t.ticket from pbtui.journal_line t
    where t.server = %(server)s and t.orders && %(orders)s and t.ticket <> ''
)))"""),
    "portfolios": sql.SQL("""
and (l.portfolios && %(portfolios)s or l.ticket = any(array(
    select t.ticket from pbtui.journal_line t
    where t.server = %(server)s and t.portfolios && %(portfolios)s and t.ticket <> ''
)))"""),
}


class StoredLine(Struct, frozen=True, kw_only=True):
    """A line as the store has it, with the run that it belongs to. Its texts are not safe to show.

    `no` and `chain` are its place among all lines of the profile, `line` and `hash` that in its run. `content` are its
    bytes. What follows is what the desk said of the content.
    """

    stored_at: datetime
    server: str
    profile: str
    operator: str
    host: str
    file: str
    no: int
    chain: str
    run: str
    line: int
    hash: str
    content: bytes
    at: datetime
    kind: str
    ticket: str
    portfolios: Sequence[str]
    orders: Sequence[str]

    @property
    def entry(self) -> JournalEntry | None:
        """The content; None if it is not a journal line."""
        try:
            return read_line(self.content)
        except LineUnreadable:
            return None


class Wanted(Struct, frozen=True, kw_only=True):
    """The lines that are asked for: those of a server to which all of these apply. Empty ones do not count.

    `before` is the time that ends the window. `last` is how many of the newest of them are wanted, all if it is None.
    """

    server: str
    profiles: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    portfolios: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    last: int | None = None

    @property
    def condition(self) -> sql.Composed:
        """The conditions that are given, each after an `and`."""
        return sql.SQL("").join(condition for name, condition in _CONDITIONS.items() if getattr(self, name))

    @property
    def values(self) -> dict[str, Any]:
        """The values that the conditions name."""
        lists = {name: list(map(as_stored, getattr(self, name))) for name in ("orders", "portfolios", "kinds")}
        return {
            **{name: getattr(self, name) for name in ("server", "since", "before", "last")},
            **{name: list(getattr(self, name)) for name in ("profiles", "operators", "hosts")},
            **lists,
        }


async def lines_of(address: Address, wanted: Wanted) -> AsyncGenerator[StoredLine, None]:
    """The lines that are wanted, in the order of their times, read little by little.

    Raises StoreUnreachable, and Unusable with the reason.
    """
    async with opened(address, require_schema) as connection:
        lines = _LINES + wanted.condition
        if wanted.last is not None:
            for line in reversed(await _read(connection, lines + _NEWEST, wanted.values)):
                yield line
            return
        after: dict[str, Any] = {"at": datetime.min.replace(tzinfo=UTC), "profile": "", "no": 0}
        while page := await _read(connection, lines + _AFTER, {**wanted.values, **after, "most": _PAGE}):
            for line in page:
                yield line
            after = {"at": page[-1].at, "profile": page[-1].profile, "no": page[-1].no}


async def lines_of_profile(
    connection: AsyncConnection, server: str, profile: str, newest: int
) -> AsyncGenerator[StoredLine, None]:
    """The lines of a profile in their order, up to this one. Raises TimeoutError and psycopg.Error."""
    values = {"server": server, "profile": profile, "newest": newest, "most": _PAGE}
    no = 0
    while page := await _read(connection, _LINES + _OF_PROFILE, {**values, "no": no}):
        for line in page:
            yield line
        no = page[-1].no


async def _read(connection: AsyncConnection, query: sql.Composed, values: Any) -> list[StoredLine]:
    async def rows() -> list[StoredLine]:
        async with connection.cursor(row_factory=kwargs_row(StoredLine)) as cursor:
            return await (await cursor.execute(query, values)).fetchall()

    return await within(_ANSWER_WITHIN_S, connection, rows())
