"""What can happen to the PostgreSQL of a team store: each fault begins, and ends so that the store is back."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from tests.desk.team.conftest import OWNER, Postgres, new_postgres

PASSWORD = "as-the-hosts-know-it"
_DISK = "300m"
_PIECE = b"\0" * 2**20
_REGISTER = "select pbtui.register_send('filler', '{}', 'filler', 'filler', 'filler', 'filler', 'POST', %s)"


class Store:
    """A server on a small disk of its own, if this user may mount one; the user of the desks has a password."""

    def __init__(self, postgres: Postgres, data: Path, disk: Path | None) -> None:
        self.postgres = postgres
        self._server = postgres._server
        self._data = data
        self._disk = disk
        self.database = postgres.new_database()
        hba = data / "pg_hba.conf"
        hba.write_text(f"local all tess scram-sha-256\n{hba.read_text()}")
        self.ask(f"alter role tess password '{PASSWORD}'")
        self.ask("select pg_reload_conf()")

    @property
    def faults(self) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        """The faults by name; a disk is full only where one could be mounted."""
        found: dict[str, Callable[[], AbstractContextManager[None]]] = {
            "stopped": self.postgres.stopped,
            "frozen": self.postgres.frozen,
            "restarted": self._restarted,
            "failed over": self._failed_over,
            "failed over to an older copy": self._failed_over_to_older,
            "password wrong": self._password_wrong,
        }
        return found if self._disk is None else {**found, "disk full": self._disk_full}

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a query of the owner, none if it gives none."""
        with psycopg.connect(self.postgres.url(self.database, OWNER), autocommit=True) as owner:
            cursor = owner.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _restarted(self) -> Iterator[None]:
        self._server.stop()
        self._server.ensure_postgres_running()
        yield

    @contextmanager
    def _failed_over(self) -> Iterator[None]:
        """The server is killed as by a loss of power; a copy of its folder takes over once the fault ends."""
        self._lose_power()
        self._take(self._copied())
        yield
        self._server.ensure_postgres_running()

    def _failed_over_to_older(self) -> AbstractContextManager[None]:
        """The same, with a copy from before the trial: as with a standby that lags behind."""
        self._server.stop()
        copy = self._copied()
        self._server.ensure_postgres_running()

        @contextmanager
        def lost() -> Iterator[None]:
            self._lose_power()
            self._take(copy)
            yield
            self._server.ensure_postgres_running()

        return lost()

    def _lose_power(self) -> None:
        postmaster = psutil.Process(self._server.get_pid())
        for process in (postmaster, *postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait()

    def _copied(self) -> Path:
        copy = self._data.with_name("copy")
        subprocess.run(["cp", "-a", self._data, copy], check=True)  # noqa: S607 - wherever it is
        return copy

    def _take(self, copy: Path) -> None:
        shutil.rmtree(self._data)
        copy.rename(self._data)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    @contextmanager
    def _password_wrong(self) -> Iterator[None]:
        self.ask("alter role tess password 'as a DBA changed it'")
        self.ask("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tess'")
        yield
        self.ask(f"alter role tess password '{PASSWORD}'")

    @contextmanager
    def _disk_full(self) -> Iterator[None]:
        """Nothing can be added: the disk has no room, nor have the pages of the table of sends."""
        assert self._disk is not None
        filler = self._disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(_PIECE):
                pass
        with (
            suppress(psycopg.Error),
            psycopg.connect(self.postgres.url(self.database, OWNER), autocommit=True) as owner,
        ):
            for number in range(10_000):
                owner.execute(_REGISTER, (f"{number}-{os.urandom(8).hex()}",))
        yield
        filler.unlink()
        self._server.ensure_postgres_running()


@contextmanager
def running_store() -> Iterator[Store]:
    """A store on a disk of 300 MB, if one can be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    folder.chmod(0o755)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=755", "tmpfs", folder], check=False)  # noqa: S607 - wherever it is
    disk = None if mounted.returncode else folder
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        with new_postgres() as postgres:
            tempfile.tempdir = before
            yield Store(postgres, postgres._server.pgdata, disk)
    finally:
        tempfile.tempdir = before
        if disk is not None:
            subprocess.run(["umount", "-l", folder], check=False)  # noqa: S607 - wherever it is
        shutil.rmtree(folder, ignore_errors=True)
