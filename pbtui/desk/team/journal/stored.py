"""Lines of the journals in the team store: which ones are asked for, and each as it is read."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection, sql
from psycopg.rows import kwargs_row

from pbtui.desk.journal.line import JournalEntry, LineUnreadable, read_line
from pbtui.desk.team.administration import opened
from pbtui.desk.team.connection import require_schema, within
from pbtui.desk.team.journal.searchable import as_stored

_FETCHED = 500
_FETCH_WITHIN_S = 60.0

_LINES = sql.SQL("""\
select l.*, r.operator, r.host, r.file from pbtui.journal_line l join pbtui.journal_run r using (run)
where l.server = %(server)s""")
_PROFILE = sql.SQL("\nand l.profile = %(profile)s and l.no <= %(newest)s order by l.no")
_CONDITIONS = {
    "operators": sql.SQL("r.operator = any(%(operators)s)"),
    "hosts": sql.SQL("r.host = any(%(hosts)s)"),
    "kinds": sql.SQL("l.kind = any(%(kinds)s)"),
    "since": sql.SQL("l.at >= %(since)s"),
    "before": sql.SQL("l.at < %(before)s"),
    # Requests and results name their ticket only: those of a ticket belong to its orders and portfolios.
    "orders": sql.SQL("""\
(l.orders && %(orders)s or l.ticket <> '' and l.ticket in (
    select t.ticket from pbtui.journal_line t where t.server = %(server)s and t.orders && %(orders)s
))"""),
    "portfolios": sql.SQL("""\
(l.portfolios && %(portfolios)s or l.ticket <> '' and l.ticket in (
    select t.ticket from pbtui.journal_line t where t.server = %(server)s and t.portfolios && %(portfolios)s
))"""),
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
    operators: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    portfolios: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    last: int | None = None

    @property
    def query(self) -> sql.Composed:
        """The query for them, in the order of their times."""
        conditions = [condition for name, condition in _CONDITIONS.items() if getattr(self, name)]
        lines = sql.SQL("\nand ").join([_LINES, *conditions])
        if self.last is None:
            return lines + sql.SQL("\norder by l.at, l.profile, l.no")
        newest = lines + sql.SQL("\norder by l.at desc, l.profile desc, l.no desc limit %(last)s")
        return sql.SQL("select * from ({}) l order by l.at, l.profile, l.no").format(newest)

    @property
    def values(self) -> dict[str, Any]:
        """The values that the query names."""
        lists = {name: list(map(as_stored, getattr(self, name))) for name in ("orders", "portfolios", "kinds")}
        return {
            **{name: getattr(self, name) for name in ("server", "since", "before", "last")},
            **{name: list(getattr(self, name)) for name in ("operators", "hosts")},
            **lists,
        }


async def lines_of(address: str, wanted: Wanted) -> AsyncGenerator[StoredLine, None]:
    """The lines that are wanted, read little by little. Raises StoreUnreachable, and Unusable with the reason."""
    async with opened(address, require_schema) as connection:
        async for line in _read(connection, wanted.query, wanted.values):
            yield line


def lines_of_profile(
    connection: AsyncConnection, server: str, profile: str, newest: int
) -> AsyncGenerator[StoredLine, None]:
    """The lines of a profile in their order, up to this one. Raises TimeoutError and psycopg.Error."""
    return _read(connection, _LINES + _PROFILE, {"server": server, "profile": profile, "newest": newest})


async def _read(connection: AsyncConnection, query: sql.Composed, values: Any) -> AsyncGenerator[StoredLine, None]:
    async with connection.cursor(row_factory=kwargs_row(StoredLine)) as cursor:
        rows = cursor.stream(query, values)
        while lines := await within(_FETCH_WITHIN_S, connection, _next_of(rows)):
            for line in lines:
                yield line


async def _next_of(rows: AsyncIterator[StoredLine]) -> list[StoredLine]:
    found: list[StoredLine] = []
    async for row in rows:
        found.append(row)
        if len(found) == _FETCHED:
            break
    return found
