"""Credentials: where a profile's API key comes from.

The sources are the environment variable `PBTUI_API_KEY_<PROFILE>`, then the host's keyring. An entry in the keyring
has the service `pbtui:<host>` and the profile's name as its user: after a change of the URL, the stored key is not sent
to another host. The command line asks the trader where both sources have no key. A key is only ever in a `SecretStr`,
never in a message or an exception.

A keyring is a plugin. It may be missing, locked or broken, or wait without limit for a prompt on another screen. So it
is imported and called on a daemon thread, which can't delay the exit, and for KEYRING_LIMIT_S at most.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from pbtui.api.sanitize import safe_text
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.redaction import remember

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend
    from pydantic import SecretStr

KEYRING_LIMIT_S = 3.0
MAX_KEY_LENGTH = 4096

# No profile can have these names.
_PROBE_USER = "pbtui.probe"
_UNKNOWN_USER = "pbtui.nobody"

_PROMPTING_BACKENDS = {("keyrings.alt.file", "EncryptedKeyring"), ("keyrings.cryptfile.file", "EncryptedKeyring")}

_Answer = TypeVar("_Answer")


class CredentialsError(Exception):
    """A key that can't be read or used. The message says what to do next, and never holds the key."""


class KeyringUnusable(CredentialsError):
    """The keyring is missing, locked, broken or unreliable, or does not answer. The key may come from elsewhere."""


class FoundKey(Struct, frozen=True):
    """An API key and its `source`: `environment` or `keyring`."""

    key: SecretStr
    source: str


class KeyringStatus(Struct, frozen=True):
    """The state of the keyring for a profile. `backend` is None if no keyring was opened."""

    service: str
    backend: str | None
    holds_key: bool
    problem: str | None


# ---------------------------------------------------------------- finding a key


def secret(text: str) -> SecretStr:
    """The text as a secret. Imports pydantic, which the first frame does not need."""
    from pydantic import SecretStr

    remember(text)
    return SecretStr(text)


def find_api_key(profile: Profile) -> FoundKey | None:
    """The profile's key from the environment, or else from the keyring, or None.

    Raises CredentialsError if the key found is not valid, KeyringUnusable if the keyring can't be read.
    """
    if (key := key_in_environment(profile)) is not None:
        return FoundKey(key, "environment")
    if (key := key_in_keyring(profile)) is not None:
        return FoundKey(key, "keyring")
    return None


def key_in_environment(profile: Profile) -> SecretStr | None:
    """The key in the profile's environment variable, or None. Raises CredentialsError if it is not valid."""
    return secret(os.environ[api_key_variable(profile.name)].strip()) if environment_has_key(profile) else None


def environment_has_key(profile: Profile) -> bool:
    """Whether the profile's environment variable is set. Raises CredentialsError if its key is not valid."""
    variable = api_key_variable(profile.name)
    if variable not in os.environ:
        return False
    if flaw := _flaw(os.environ[variable].strip()):
        remedy = "Set the variable to the key alone, or unset it."
        raise CredentialsError(f"The API key in the variable {variable} {flaw}. {remedy}")
    return True


def key_in_keyring(profile: Profile) -> SecretStr | None:
    """The profile's key in the keyring, or None. Raises KeyringUnusable, CredentialsError if the key is not valid."""
    stored = _read(profile, profile.name)
    if stored is None:
        return None
    remedy = f"Store it again: pbtui keys set {profile.name}"
    return checked_api_key(stored, f"The API key of {profile.name} in the keyring", remedy)


def checked_api_key(entered: SecretStr, called: str = "The API key", remedy: str = "Give the key alone.") -> SecretStr:
    """The key without the whitespace around it, valid for an HTTP header.

    Raises CredentialsError with `called`, the problem and `remedy` as its message.
    """
    flaw = _flaw(entered.get_secret_value().strip())
    if flaw:
        raise CredentialsError(f"{called} {flaw}. {remedy}")
    return secret(entered.get_secret_value().strip())


def _flaw(key: str) -> str | None:
    if not key:
        return "is empty"
    if len(key) > MAX_KEY_LENGTH:
        return f"is longer than {MAX_KEY_LENGTH} characters"
    if not key.isascii():
        return "has characters that are not ASCII"
    if " " in key or not key.isprintable():
        return "has a space, a line break or a control character inside"
    return None


# ---------------------------------------------------------------- keeping a key


def keyring_service(profile: Profile) -> str:
    """The service name of a profile's key in the keyring."""
    return f"pbtui:{profile.host}"


def keyring_status(profile: Profile) -> KeyringStatus:
    """The state of the keyring for the profile. A problem with the keyring is returned, not raised."""
    backend: str | None = None
    try:
        backend = _ask(profile, _name)
        holds_key = key_in_keyring(profile) is not None
    except CredentialsError as error:
        return KeyringStatus(keyring_service(profile), backend, holds_key=False, problem=str(error))
    return KeyringStatus(keyring_service(profile), backend, holds_key, problem=None)


def probe_keyring(profile: Profile) -> None:
    """Store, read back and delete a random text, to test the keyring before a trader is asked for the key.

    Raises KeyringUnusable.
    """
    _read(profile, _PROBE_USER)  # in a keyring with one entry for all users, the probe would replace it
    _store(profile, _PROBE_USER, secret(secrets.token_hex(16)))
    _delete(profile, _PROBE_USER)


def store_api_key(profile: Profile, key: SecretStr) -> None:
    """Store the profile's key in the keyring and read it back.

    Raises CredentialsError if the key is not valid, KeyringUnusable if it can't be read back.
    """
    _store(profile, profile.name, checked_api_key(key))


def delete_api_key(profile: Profile) -> bool:
    """Delete the profile's key from the keyring. Returns False if there was none. Raises KeyringUnusable."""
    return _delete(profile, profile.name)


def _store(profile: Profile, user: str, secret: SecretStr) -> None:
    service = keyring_service(profile)
    # The error message of a plugin may repeat the secret.
    _ask(profile, lambda keyring: keyring.set_password(service, user, secret.get_secret_value()), quote_failure=False)
    if _read(profile, user) != secret:
        _delete(profile, user)
        raise _unusable(profile, "The keyring does not return what was stored in it")


def _read(profile: Profile, user: str) -> SecretStr | None:
    stored = _lookup(profile, user)
    if stored is not None and _lookup(profile, _UNKNOWN_USER) is not None:
        raise _unusable(
            profile, "The keyring returns the same entry for every user name, so the key may belong to another profile"
        )
    return stored


def _lookup(profile: Profile, user: str) -> SecretStr | None:
    def look_up(keyring: KeyringBackend) -> SecretStr | None:
        stored = keyring.get_password(keyring_service(profile), user)
        return None if stored is None else secret(stored)

    return _ask(profile, look_up)


def _delete(profile: Profile, user: str) -> bool:
    if _read(profile, user) is None:
        return False
    _ask(profile, lambda keyring: keyring.delete_password(keyring_service(profile), user))
    if _read(profile, user) is not None:
        raise _unusable(profile, "The keyring did not delete the entry")
    return True


# ---------------------------------------------------------------- asking the keyring

_asking: Thread | None = None


def _ask(profile: Profile, question: Callable[[KeyringBackend], _Answer], *, quote_failure: bool = True) -> _Answer:
    """The keyring's answer. Raises KeyringUnusable, with the plugin's own message only if `quote_failure`."""
    global _asking
    answers: list[_Answer] = []
    failures: list[KeyringUnusable] = []

    def ask() -> None:
        try:
            answers.append(question(_open(profile)))
        except KeyringUnusable as error:
            failures.append(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin can raise anything
            words = f" ({safe_text(str(error))})" if quote_failure else ""
            failures.append(_unusable(profile, f"The keyring failed: {type(error).__name__}{words}"))

    if _asking is not None and _asking.is_alive():
        # Another call would wait as long as the one that hangs.
        raise _unusable(profile, "The keyring has not answered an earlier call")
    _asking = Thread(target=ask, name="keyring", daemon=True)
    try:
        _asking.start()
        _asking.join(KEYRING_LIMIT_S)
    except RuntimeError:  # no thread can be started, and a kill needs the key
        ask()
    if answers:
        return answers[0]
    if failures:
        raise failures[0]
    waiting = "it may be waiting to be unlocked on another screen"
    raise _unusable(profile, f"The keyring did not answer within {KEYRING_LIMIT_S:g} s; {waiting}")


def _open(profile: Profile) -> KeyringBackend:
    from keyring import get_keyring
    from keyring.backends import fail, null
    from keyring.core import init_backend

    init_backend(limit=lambda keyring: not _prompts(keyring))
    keyring = get_keyring()
    if isinstance(keyring, fail.Keyring):
        raise _unusable(profile, "This host has no keyring")
    if isinstance(keyring, null.Keyring):
        raise _unusable(profile, "The keyring is switched off: its backend is the one that stores nothing")
    if _prompts(keyring):
        raise _unusable(profile, f"The keyring {_name(keyring)} asks for its password on the terminal")
    return keyring


def _name(keyring: KeyringBackend) -> str:
    return f"{type(keyring).__module__}.{type(keyring).__qualname__}"


def _prompts(keyring: KeyringBackend) -> bool:
    return any((ancestor.__module__, ancestor.__name__) in _PROMPTING_BACKENDS for ancestor in type(keyring).__mro__)


def _unusable(profile: Profile, problem: str) -> KeyringUnusable:
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND")
    backend = f" (PYTHON_KEYRING_BACKEND is {safe_text(chosen)})" if chosen else ""
    remedy = f"Set the environment variable {api_key_variable(profile.name)}, or fix the keyring and try again."
    return KeyringUnusable(f"{problem}{backend}. {remedy}")
