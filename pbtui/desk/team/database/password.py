"""The password of the team store where it is not in the places of libpq: of a command, or of the host's keyring."""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from pbtui.api.clock import steady_s

if TYPE_CHECKING:
    from pathlib import Path

    from pbtui.settings.key_text import CredentialsError
    from pbtui.settings.team import TeamSettings

_ASK_AGAIN_AFTER_S = 30.0
"""A command may ask the trader something, so one that fails is not run at each attempt to connect."""


class Password:
    """The password of one user, for all connections of a program, on any thread.

    That of the command goes with every connection. Without a command the keyring is asked once a server wants a
    password and libpq has none.
    """

    def __init__(self, address: str, command: tuple[str, ...] = (), user: str = "") -> None:
        self._address = address
        self._command = command
        self._user = user
        self._lock = threading.Lock()
        self._text: str | None = None
        self._failure: CredentialsError | None = None
        self._is_refused = False
        self._asked_s: float | None = None

    def __repr__(self) -> str:
        return "Password(…)"

    async def given(self) -> str | None:
        """The password to connect with at once; None: libpq looks for it. Raises CredentialsError."""
        return await asyncio.to_thread(self._found) if self._command else self._text

    async def wanted(self) -> str | None:
        """The password for a server that wants one which libpq does not have. Raises CredentialsError."""
        return None if self._command else await asyncio.to_thread(self._found)

    def refused(self) -> None:
        """Ask again before a later connection: the server did not let in who came with this password."""
        self._is_refused = True

    def _found(self) -> str | None:
        with self._lock:
            is_known = self._text is not None and not self._is_refused
            if not is_known and (self._asked_s is None or steady_s() >= self._asked_s + _ASK_AGAIN_AFTER_S):
                self._ask()
            if self._failure is not None:
                raise self._failure
            return self._text

    def _ask(self) -> None:
        from pbtui.settings.key_text import CredentialsError
        from pbtui.settings.secrets import team_password  # only where there is a command, or a keyring is to be asked

        self._text, self._failure, self._is_refused = None, None, False
        try:
            if self._command:
                self._text = team_password.of_command(self._command)
            else:
                self._text = team_password.in_keyring(self._address, self._user)
        except CredentialsError as error:
            self._failure = error
        self._asked_s = steady_s()


class SecuredAddress(Struct, frozen=True):
    """The address of a store, the password for it, and the settings file that names it; None if none does."""

    text: str
    password: Password | None
    file: Path | None = None


Address = str | SecuredAddress
"""The address of a store; alone, the password is in the places of libpq."""


@cache
def address_of(team: TeamSettings, file: Path | None) -> SecuredAddress:
    """The address of the settings in this file, with one password for the whole program."""
    return SecuredAddress(team.store, Password(team.store, team.password_command), file)
