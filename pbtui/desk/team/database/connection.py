"""A connection to the PostgreSQL of the team store, with a deadline of our own on everything it does.

A driver waits for a frozen server without an end. It also waits when a query is cancelled, to cancel it in the
server. So a query is not cancelled: at its deadline the socket is shut down, which ends it at once.
"""

import asyncio
import os
import re
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
import psycopg

from pbtui.api.sanitize import safe_text
from pbtui.desk.team.database.hosts import addresses_of, first_of
from pbtui.desk.team.database.password import Address, Password, SecuredAddress
from pbtui.desk.team.migration import applied_version, newest_version
from pbtui.settings.key_text import CredentialsError
from pbtui.settings.named_command import named_command
from pbtui.settings.team import PLACES_OF_PASSWORDS

T = TypeVar("T")
_CONNECTION_FAILED = re.compile(
    r"(?:connection (?:is bad|failed): )*connection to (?P<where>server .*) failed: (?P<fatal>FATAL: +)?(?P<why>.+)"
)
Check = Callable[[psycopg.AsyncConnection], Coroutine[Any, Any, None]]

_SESSION = """\
select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false),
    set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on'
        else current_setting('synchronous_commit') end, false)
"""
"""Settings that the functions of the schema and the reading of times rely on, whatever the server's defaults are."""


_OURS: dict[str, Any] = {"application_name": "pbtui", "client_encoding": "UTF8"}
"""Parameters that the address can't change: the encoding of an environment may lack a letter of a name."""


_REFUSED, _NO_PASSWORD = "FATAL:", "no password supplied"
"""Words of an error at the start of a connection, which has no code: the server refuses, and libpq has no password."""


class Unusable(Exception):
    """The server answers, but can't be the store. The message is the reason."""


class WrongSchema(Exception):
    """The database has no schema, or an older one than this program needs: what to do, and with which command."""

    def __init__(self, reason: str, *command: str) -> None:
        super().__init__(reason)
        self.command = command


async def connected(address: Address, timeout_s: float, check: Check) -> psycopg.AsyncConnection:
    """Connect to the primary among the hosts of the address, and check it further.

    Raises TimeoutError, psycopg.Error, and Unusable for a replica, for a database that accepts no writes, and for a
    password that can't be had.
    """
    deadline_s = asyncio.get_running_loop().time() + timeout_s
    secured = SecuredAddress(address, None) if isinstance(address, str) else address
    async with asyncio.timeout_at(deadline_s):
        connection = await first_of(_primary(each, secured.password, deadline_s) for each in addresses_of(secured.text))
    try:
        return await _checked(connection, deadline_s, check)
    except WrongSchema as error:
        raise Unusable(f"{error}: {named_command(secured.file, None, *error.command)}") from None


async def _primary(url: str, password: Password | None, deadline_s: float) -> psycopg.AsyncConnection:
    connection = await (_connect(url) if password is None else _with_password(url, password))
    return await _checked(connection, deadline_s, _require_primary)


async def _checked(connection: psycopg.AsyncConnection, deadline_s: float, check: Check) -> psycopg.AsyncConnection:
    try:
        await within(deadline_s - asyncio.get_running_loop().time(), connection, check(connection))
    except BaseException:
        end_now(connection)
        raise
    return connection


async def _with_password(url: str, password: Password) -> psycopg.AsyncConnection:
    """Connect with this password, or with that of libpq."""
    try:
        given = await password.given()
        try:
            return await _connect(url, given)
        except psycopg.OperationalError as error:
            if given is not None and _REFUSED in str(error):
                password.refused()
            if _NO_PASSWORD not in str(error) or (wanted := await password.wanted()) is None:
                raise
        return await _connect(url, wanted)
    except CredentialsError as error:
        raise Unusable(str(error)) from None


async def _connect(url: str, password: str | None = None) -> psycopg.AsyncConnection:
    own: dict[str, Any] = {} if password is None else {"password": password}
    return await psycopg.AsyncConnection.connect(url, autocommit=True, **_OURS, **own)


async def _require_primary(connection: psycopg.AsyncConnection) -> None:
    row = await (await connection.execute(_SESSION)).fetchone()
    if row is not None and row[0]:
        raise Unusable("the server is a replica, which can lag behind; name the primary in [team] store")
    if row is not None and row[1]:
        raise Unusable("the database accepts no writes, so no halt either; default_transaction_read_only must be off")


async def require_schema(connection: psycopg.AsyncConnection) -> None:
    """Raise WrongSchema if the database has no schema, or an older one than this program needs."""
    version, needed = await applied_version(connection), newest_version()
    if version == 0:
        raise WrongSchema("the database has no schema pbtui; create it with", "team", "init")
    if version < needed:
        raise WrongSchema(f"its schema has version {version}, this pbtui needs {needed}; apply", "team", "migrate")


async def within(timeout_s: float, connection: psycopg.AsyncConnection, work: Coroutine[Any, Any, T]) -> T:
    """The result of work on the connection. Raises TimeoutError at the deadline; the connection is then of no use."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(_heed)
    try:
        await asyncio.wait({task}, timeout=max(timeout_s, 0))
        if not task.done():
            raise TimeoutError
    finally:
        if not task.done():
            _shut_down(connection)
            await asyncio.wait({task})
    return task.result()


def _heed(task: asyncio.Task[Any]) -> None:
    """Fetch the error of a task that may have no caller any more: one that nobody fetches is printed."""
    if not task.cancelled():
        task.exception()


def end_now(connection: psycopg.AsyncConnection) -> None:
    """Close the connection without a word to the server, which may be frozen."""
    _shut_down(connection)
    connection.pgconn.finish()


def _shut_down(connection: psycopg.AsyncConnection) -> None:
    """Shut the socket down: a task that waits for it gets an error at once."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


def decoded(answer: str, type_: type[T]) -> T:
    """A JSON text of the store, with every text in it made safe to show. Raises Unusable if it is of another form.

    An empty one is that of a server that found the call to be too old.
    """
    if not answer:
        raise Unusable("it took up the call too late, and did nothing")
    try:
        return msgspec.convert(_shown(msgspec.json.decode(answer)), type_)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unusable(f"its answer can't be read: {safe_text(str(error))}") from None


def _shown(value: Any) -> Any:
    """A JSON value with safe texts: what other programs have put into the store, a terminal must not obey."""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return value


def reason_of(error: Exception) -> str:
    """The reason in an error of the driver, in one line, with the reason before the place: a screen cuts the end."""
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"{_first_line(error)}; a DBA gives the right with: grant pbtui_desk to USER"
    if _NO_PASSWORD in str(error):
        return f"{_first_line(error)}; it belongs into {PLACES_OF_PASSWORDS}"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    """The first line of an error: libpq adds hints and one line for each address below it."""
    lines = [safe_text(line.strip()) for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    failed = _CONNECTION_FAILED.match(lines[0])
    if failed is None:
        return lines[0]
    return f"{'' if failed['fatal'] else 'no connection: '}{failed['why']} ({failed['where']})"
