"""Credentials: where a profile's API key comes from.

The sources that a trader configures come first: variable, command, file, systemd credential; then the host's keyring.
The first configured one counts. If it fails, that is an error: no other key than the one that was meant is ever used
instead. The command line asks the trader where there is none.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from pbtui.settings.key_text import MAX_SOURCE_BYTES, CredentialsError, KeyringUnusable, KeyText, Secret, check_text
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.shell_command import shell_command

KEYRING = "keyring"
COMMAND_LIMIT_S = 10.0

UNNAMED = "(not found)"

VARIABLE, COMMAND, FILE, CREDENTIAL = "variable", "command", "file", "systemd credential"


class FoundKey(Struct, frozen=True):
    """An API key as its source has it, and the kind and the place of the source: `variable PBTUI_API_KEY_TEST`."""

    text: KeyText
    source: str

    @property
    def key(self) -> Secret:
        """The key."""
        return self.text.key


class KeyringStatus(Struct, frozen=True):
    """The state of the keyring for a profile. `backend` is None if no keyring was opened."""

    service: str
    backend: str | None
    holds_key: bool
    problem: str | None


def find_api_key(profile: Profile) -> FoundKey | None:
    """The profile's key from the first source that is configured, or else from the keyring; None if there is none.

    Raises CredentialsError if the source fails or its key is not valid, KeyringUnusable if the keyring can't be read.
    """
    source = next(configured_sources(profile), None)
    return _in_keyring(profile) if source is None else found_in(source, profile)


def found_in(source: Source, profile: Profile) -> FoundKey:
    """The key of a configured source. Raises CredentialsError."""
    text = source.read()
    check_text(text, profile, f"The API key {source.where}", source.remedy)
    return FoundKey(text, f"{source.kind} {source.place}")


def _in_keyring(profile: Profile) -> FoundKey | None:
    from pbtui.settings.secrets.keyring_access import find_entry  # only where the keyring is asked

    text = find_entry(profile).text
    if text is None:
        return None
    _check_stored(text, profile)
    return FoundKey(text, KEYRING)


def _check_stored(text: KeyText, profile: Profile) -> None:
    called = f"The API key of {profile.name} in the keyring"
    check_text(text, profile, called, f"Store it again: {shell_command(profile, 'keys', 'set')}")


def keyring_status(profile: Profile) -> KeyringStatus:
    """The state of the keyring for the profile. A problem with the keyring is returned, not raised."""
    from pbtui.settings.secrets.keyring_access import find_entry, keyring_service

    service, backend = keyring_service(profile), None
    try:
        entry = find_entry(profile)
        backend = entry.backend
        if entry.text is not None:
            _check_stored(entry.text, profile)
    except KeyringUnusable as error:
        return KeyringStatus(service, error.backend, holds_key=False, problem=str(error))
    except CredentialsError as error:
        return KeyringStatus(service, backend, holds_key=False, problem=str(error))
    return KeyringStatus(service, backend, holds_key=entry.text is not None, problem=None)


# ---------------------------------------------------------------- the configured sources


class Source(NamedTuple):
    """A configured source.

    `kind` and `place` are shown to the trader, and `remedy` says what to do about a key that is not valid. `read`
    returns the text of the source, or raises CredentialsError.
    """

    kind: str
    place: str
    remedy: str
    read: Callable[[], KeyText]

    @property
    def where(self) -> str:
        """The end of a sentence about the key of the source."""
        return f"{'from' if self.kind == COMMAND else 'in'} the {self.kind} {self.place}"


def configured_sources(profile: Profile) -> Iterator[Source]:
    """The configured sources of the profile's key, the first one first: it is the one that counts."""
    variable, folder = api_key_variable(profile.name), os.environ.get("CREDENTIALS_DIRECTORY")
    if variable in os.environ:
        remedy = "Set the variable to the key alone, or unset it."
        yield Source(VARIABLE, variable, remedy, lambda: KeyText(os.environ[variable]))
    if profile.api_key_command:
        remedy = f"Correct api_key_command, or set the variable {variable}, which comes before it."
        yield Source(
            COMMAND, _program(profile.api_key_command), remedy, partial(_from_command, profile.api_key_command, remedy)
        )
    if profile.api_key_file is not None:
        remedy = f"Correct api_key_file, or set the variable {variable}, which comes before it."
        yield Source(FILE, _file(profile.api_key_file), remedy, partial(_in_file, profile.api_key_file, remedy))
    if folder and os.path.lexists(credential := Path(folder) / f"pbtui.{profile.name}"):
        remedy = f"Correct the credential, or set the variable {variable}, which comes before it."
        yield Source(CREDENTIAL, str(credential), remedy, partial(_in_credential, credential, remedy))


def _program(command: tuple[str, ...]) -> str:
    """The program, or UNNAMED if there is none of that name: then it may be the key, put there by mistake."""
    import shutil  # only where there is a command

    return command[0] if shutil.which(command[0]) else UNNAMED


def _file(path: Path) -> str:
    """The path, or UNNAMED if there is no such file: then it may be the key, put there by mistake."""
    return str(path) if os.path.lexists(path) else UNNAMED


def _from_command(command: tuple[str, ...], remedy: str) -> KeyText:
    return KeyText(printed_by(command, "api_key_command", remedy))


def printed_by(command: tuple[str, ...], setting: str, remedy: str) -> str:
    """The output of the program of this setting. Raises CredentialsError, with `remedy` at the end."""
    from pbtui.settings.bounded_process import Slow, output_of  # only where there is a command

    called = f"The program of {setting}, {_program(command)},"
    try:
        ended = output_of(command, within_s=COMMAND_LIMIT_S, max_bytes=MAX_SOURCE_BYTES)
    except Slow as slow:
        raise CredentialsError(f"{called} {slow}. {remedy}") from None
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{called} can't be run ({_reason(error)}). {remedy}") from None
    if ended.exit_code:
        code = ended.exit_code
        how = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise CredentialsError(f"{called} {how}; run it by hand to see why. {remedy}")
    return ended.output.decode(errors="surrogateescape")


def _in_file(path: Path, remedy: str) -> KeyText:
    called = f"api_key_file {_file(path)}"
    with _opened(path, called, remedy) as file:
        status = os.fstat(file)
        if status.st_uid not in (os.geteuid(), 0):
            raise CredentialsError(f"{called} belongs to another user. {remedy}")
        if status.st_mode & 0o077:
            mode = stat.S_IMODE(status.st_mode)
            raise CredentialsError(f"{called} is open to other users (mode {mode:04o}). Close it: chmod 600 {path}")
        return _content(file)


def _in_credential(path: Path, remedy: str) -> KeyText:
    # systemd decides who can read it, with an access control list that makes its mode look open.
    with _opened(path, f"The systemd credential {path}", remedy) as file:
        return _content(file)


@contextmanager
def _opened(path: Path, called: str, remedy: str) -> Iterator[int]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a named pipe does not block
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{called} can't be read ({_reason(error)}). {remedy}") from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise CredentialsError(f"{called} is not a regular file. {remedy}")
        yield file
    finally:
        os.close(file)


def _content(file: int) -> KeyText:
    return KeyText(os.read(file, MAX_SOURCE_BYTES).decode(errors="surrogateescape"))


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or "its name is not valid"
