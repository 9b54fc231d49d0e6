"""Keyring plugins, as real hosts have them: one that works and many that do not.

Chosen with PYTHON_KEYRING_BACKEND=desk_rings.<class>. They keep their entries in the file DESK_RING_FILE names, as JSON
of {service: {user: secret}}, so that a test sees what another process stored.
"""

import json
import os
import subprocess
import sys
import threading
from getpass import getpass
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError


class FileRing(KeyringBackend):
    """Works."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return _entries().get(service, {}).get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        entries = _entries()
        entries.setdefault(service, {})[username] = password
        _keep(entries)

    def delete_password(self, service: str, username: str) -> None:
        entries = _entries()
        if username not in entries.get(service, {}):
            raise PasswordDeleteError("No such password!")
        del entries[service][username]
        _keep(entries)


class BlockedRing(FileRing):
    """Waits for a prompt nobody will answer."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait()
        raise AssertionError("nobody answers the prompt")


class BlockedOpeningRing(FileRing):
    """Waits already when it is opened."""

    def __init__(self) -> None:
        threading.Event().wait()


class SlowStoringRing(FileRing):
    """Reads, and waits for ever when it is to store."""

    def set_password(self, service: str, username: str, password: str) -> None:
        threading.Event().wait()


class LockedRing(FileRing):
    """A Secret Service whose prompt was dismissed."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("Failed to unlock the collection!")


class UninitialisedRing(FileRing):
    """A Secret Service without a login collection."""

    def get_password(self, service: str, username: str) -> str | None:
        raise InitError("Failed to create the collection: Prompt dismissed..")


class ToollessRing(FileRing):
    """A plugin round a program that is not installed; its words hold a control sequence."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("\x1b]0;title\x07pass executable is missing!")


class ExitingRing(FileRing):
    """A plugin that believes the process is its own."""

    def get_password(self, service: str, username: str) -> str | None:
        raise SystemExit(1)


class DyingRing(FileRing):
    """A plugin round a library that crashes."""

    def get_password(self, service: str, username: str) -> str | None:
        os._exit(139)


class PrintingRing(FileRing):
    """Works, and prints on the way: on both streams, below Python too, and from programs that it starts."""

    def get_password(self, service: str, username: str) -> str | None:
        print("unlocking the keyring", service)
        print("a warning", file=sys.stderr)
        os.write(1, b"from a library\n")
        subprocess.run(["/bin/sh", "-c", "echo from a program; echo and its complaint >&2"], check=True)
        return super().get_password(service, username)


class AskingRing(FileRing):
    """Asks on the terminal, whatever its stdin is."""

    def get_password(self, service: str, username: str) -> str | None:
        return getpass("Password of the keyring: ")


class ForgetfulRing(FileRing):
    """Says it stores, and does not."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class ShorteningRing(FileRing):
    """Keeps only so many characters: enough for the probe, not for a long key."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:32])


class TalkativeRing(FileRing):
    """Takes the probe, then fails to store the key and repeats it in its complaint."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if username != "pbtui.probe":
            raise ValueError(f"can't store {password!r} for {username}")
        super().set_password(service, username, password)


class UndeletingRing(FileRing):
    """Says it deletes, and does not."""

    def delete_password(self, service: str, username: str) -> None:
        return None


class CarelessRing(FileRing):
    """Gives whoever asks the first entry of the service."""

    def get_password(self, service: str, username: str) -> str | None:
        return next(iter(_entries().get(service, {}).values()), None)


def _entries() -> dict[str, dict[str, str]]:
    file = Path(os.environ["DESK_RING_FILE"])
    entries: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
    return entries


def _keep(entries: dict[str, dict[str, str]]) -> None:
    Path(os.environ["DESK_RING_FILE"]).write_text(json.dumps(entries))
