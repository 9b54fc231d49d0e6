"""The password of the team store: what a command prints, and what the host's keyring holds.

In the keyring, the service is `pbtui-team:` and the address of the store as the settings have it: after a change of the
address, the stored password is not sent to another server. The user is DESK, or that of `--as`.
"""

from __future__ import annotations

from pbtui.settings.key_text import CredentialsError, secret
from pbtui.settings.redaction import remember
from pbtui.settings.secrets.keyring_access import KeyringPlace, delete_at, find_at, probe_at, store_at

DESK = "desk"
_REMEDY = "Name a password_command, or use ~/.pgpass."
_OF_COMMAND = "Correct password_command under [team]."


def of_command(command: tuple[str, ...]) -> str:
    """The password that the program prints. Raises CredentialsError."""
    from pbtui.settings.secrets.credentials import printed_by  # only where there is a command

    return _checked(printed_by(command, "password_command", _OF_COMMAND), "The output of password_command", _OF_COMMAND)


def keyring_place(address: str, user: str = "") -> KeyringPlace:
    """The place of the password in the keyring."""
    return KeyringPlace([f"pbtui-team:{address}"], user or DESK, _REMEDY)


def in_keyring(address: str, user: str = "") -> str | None:
    """The password that the keyring holds for this address, None if there is none. Raises KeyringUnusable."""
    found = find_at(keyring_place(address, user)).secret
    return None if found is None else _checked(found, "The password in the keyring", "Store it again.")


def store_in_keyring(address: str, user: str, password: str) -> None:
    """Store the password and read it back. Raises CredentialsError."""
    store_at(keyring_place(address, user), secret(_checked(password, "The password", "Give the password alone.")))


def probe_keyring(address: str) -> None:
    """Test the keyring before somebody is asked for the password. Raises KeyringUnusable."""
    probe_at(keyring_place(address))


def delete_from_keyring(address: str, user: str) -> bool:
    """Delete the password. Returns False if there was none. Raises KeyringUnusable."""
    return delete_at(keyring_place(address, user))


def _checked(text: str, called: str, remedy: str) -> str:
    """The text without the line break at its end; CredentialsError if it is not one line."""
    line = text.removesuffix("\n").removesuffix("\r")
    remember(line)
    if not line or not line.isprintable():
        raise CredentialsError(f"{called} {'is not one line' if line else 'is empty'}. {remedy}")
    return line
