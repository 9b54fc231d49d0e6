"""The numbered SQL files that make the tables of the team store, and their application to a database."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pbtui.desk.storage.disk import disk

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_FOLDER = Path(__file__).parent / "schema"
_MOST_BYTES = 2**20
_LOCK = 0x7062747569  # "pbtui": one migration at a time in a database

_FIRST = """\
create schema if not exists pbtui;
create table if not exists pbtui.schema_version (
    version integer primary key,
    name text not null,
    applied_at timestamptz not null default clock_timestamp()
);
"""


class Migration(NamedTuple):
    """A numbered SQL file."""

    version: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """All numbered files of the package, in their order."""
    paths = [path for path in disk().files(_FOLDER) if path.suffix == ".sql"]
    return [Migration(int(path.name[:4]), path.name, disk().read(path, _MOST_BYTES).decode()) for path in paths]


@cache  # a desk asks at each connection, in its loop
def newest_version() -> int:
    """The version of the schema that this program needs."""
    return migrations()[-1].version


def script() -> str:
    """The SQL of all files as one script for `psql`, which applies each file in one transaction."""
    parts = [f"begin;\n{_FIRST}commit;\n"]
    parts += [f"begin;\n{step.sql}\n{_recorded(step)}\ncommit;\n" for step in migrations()]
    return "\n".join(parts)


async def applied_version(connection: AsyncConnection) -> int:
    """The version of the schema in the database, 0 if there is none."""
    found = await connection.execute("select to_regclass('pbtui.schema_version') is not null")
    if await found.fetchone() != (True,):
        return 0
    newest = await (await connection.execute("select max(version) from pbtui.schema_version")).fetchone()
    return int(newest[0] or 0) if newest else 0


async def migrate(connection: AsyncConnection) -> list[str]:
    """Apply the files that the database lacks, each in a transaction. Returns their names.

    The connection must be in autocommit mode.
    """
    applied = []
    for step in migrations():
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            version = await applied_version(connection)
            if version >= step.version:
                continue
            if version == 0:  # an owner of the schema may not be allowed to create one
                await connection.execute(_FIRST)
            await connection.execute(f"{step.sql}\n{_recorded(step)}")
            applied.append(step.name)
    return applied


def _recorded(step: Migration) -> str:
    # Both values come from the name of a file of this package.
    return f"insert into pbtui.schema_version (version, name) values ({step.version}, '{step.name}');"  # noqa: S608
