"""Credentials: where a profile's API key comes from.

First the environment variable `PBTUI_API_KEY_<PROFILE>`, then the host's keyring: service `pbtui:<host>`, so that an
edited URL does not take the stored key to another host, user = the profile's name. Asking the trader is the command
line's business. A key is held in a `SecretStr` only; no message and no exception has it.

A keyring is a plugin. It may be missing, locked or broken, or wait for ever for a prompt on a screen nobody sees. So it
is imported and asked on a daemon thread, which can't hold up the exit, and for KEYRING_LIMIT_S at most.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from pbtui.api.sanitize import safe_text
from pbtui.settings.profiles import Profile, api_key_variable

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
    """A key that can't be had or used. The message says what to do next, and never the key."""


class KeyringUnusable(CredentialsError):
    """The keyring is missing, locked, broken, not to be trusted or silent; a key from elsewhere would do."""


@dataclass(frozen=True)
class FoundKey:
    """An API key and its `source`: `environment` or `keyring`."""

    key: SecretStr
    source: str


@dataclass(frozen=True)
class KeyringStatus:
    """What the keyring has for a profile. `backend` is None where none could be opened, `problem` where all is well."""

    service: str
    backend: str | None
    holds_key: bool
    problem: str | None


# ---------------------------------------------------------------- finding a key


def secret(text: str) -> SecretStr:
    """The text as a secret. pydantic is imported here, as the first frame is drawn before a key is needed."""
    from pydantic import SecretStr

    return SecretStr(text)


def find_api_key(profile: Profile) -> FoundKey | None:
    """The profile's key from the environment, else from the keyring; None where neither has one.

    Raises CredentialsError where the one found is no usable key, KeyringUnusable where the keyring can't tell.
    """
    if (key := key_in_environment(profile)) is not None:
        return FoundKey(key, "environment")
    if (key := key_in_keyring(profile)) is not None:
        return FoundKey(key, "keyring")
    return None


def key_in_environment(profile: Profile) -> SecretStr | None:
    """The key in the profile's environment variable; CredentialsError where that is set to no usable key."""
    return secret(os.environ[api_key_variable(profile.name)].strip()) if environment_has_key(profile) else None


def environment_has_key(profile: Profile) -> bool:
    """Whether the profile's environment variable is set; CredentialsError where it is set to no usable key."""
    variable = api_key_variable(profile.name)
    if variable not in os.environ:
        return False
    if flaw := _flaw(os.environ[variable].strip()):
        remedy = "Set the variable to the key alone, or unset it."
        raise CredentialsError(f"The API key in the variable {variable} {flaw}. {remedy}")
    return True


def key_in_keyring(profile: Profile) -> SecretStr | None:
    """The key the keyring has for the profile. Raises KeyringUnusable, or CredentialsError if it is no usable key."""
    stored = _read(profile, profile.name)
    if stored is None:
        return None
    remedy = f"Store it again: pbtui keys set {profile.name}"
    return checked_api_key(stored, f"The API key of {profile.name} in the keyring", remedy)


def checked_api_key(entered: SecretStr, called: str = "The API key", remedy: str = "Give the key alone.") -> SecretStr:
    """The key without the whitespace around it, fit to be sent in a header.

    Raises CredentialsError where it is not: a message from `called`, what is wrong, and `remedy`.
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
    """The service a profile's key is stored under."""
    return f"pbtui:{profile.host}"


def keyring_status(profile: Profile) -> KeyringStatus:
    """What the keyring has for the profile; trouble with it is part of the answer, not raised."""
    backend: str | None = None
    try:
        backend = _ask(profile, _name)
        holds_key = key_in_keyring(profile) is not None
    except CredentialsError as error:
        return KeyringStatus(keyring_service(profile), backend, holds_key=False, problem=str(error))
    return KeyringStatus(keyring_service(profile), backend, holds_key, problem=None)


def probe_keyring(profile: Profile) -> None:
    """Make sure the keyring keeps what it is given, with a worthless secret, before a trader is asked for the key.

    Raises KeyringUnusable.
    """
    _read(profile, _PROBE_USER)  # a keyring with one entry for everybody would lose it to the probe
    _store(profile, _PROBE_USER, secret(secrets.token_hex(16)))
    _delete(profile, _PROBE_USER)


def store_api_key(profile: Profile, key: SecretStr) -> None:
    """Put the profile's key in the keyring and read it back.

    Raises CredentialsError where it is no usable key, KeyringUnusable where the keyring does not hold it afterwards.
    """
    _store(profile, profile.name, checked_api_key(key))


def delete_api_key(profile: Profile) -> bool:
    """Take the profile's key out of the keyring; False where it has none. Raises KeyringUnusable."""
    return _delete(profile, profile.name)


def _store(profile: Profile, user: str, secret: SecretStr) -> None:
    service = keyring_service(profile)
    # What a plugin says when it fails to store may repeat what it was given.
    _ask(profile, lambda keyring: keyring.set_password(service, user, secret.get_secret_value()), quote_failure=False)
    if _read(profile, user) != secret:
        _delete(profile, user)
        raise _unusable(profile, "The keyring does not give back what is stored in it")


def _read(profile: Profile, user: str) -> SecretStr | None:
    stored = _lookup(profile, user)
    if stored is not None and _lookup(profile, _UNKNOWN_USER) is not None:
        raise _unusable(profile, "The keyring gives the same entry to every user name, so the key may be another's")
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
        raise _unusable(profile, "The keyring still has the entry it was to delete")
    return True


# ---------------------------------------------------------------- asking the keyring

_asking: Thread | None = None


def _ask(profile: Profile, question: Callable[[KeyringBackend], _Answer], *, quote_failure: bool = True) -> _Answer:
    """The keyring's answer. Raises KeyringUnusable, with the plugin's own words only where they can't hold a secret."""
    global _asking
    answers: list[_Answer] = []
    failures: list[KeyringUnusable] = []

    def ask() -> None:
        try:
            answers.append(question(_open(profile)))
        except KeyringUnusable as error:
            failures.append(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin raises what it likes, and all of it is told
            words = f" ({safe_text(str(error))})" if quote_failure else ""
            failures.append(_unusable(profile, f"The keyring failed: {type(error).__name__}{words}"))

    if _asking is not None and _asking.is_alive():
        # Every further question would wait as long as the one that is stuck.
        raise _unusable(profile, "The keyring still owes an earlier answer")
    _asking = Thread(target=ask, name="keyring", daemon=True)
    _asking.start()
    _asking.join(KEYRING_LIMIT_S)
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


def _unusable(profile: Profile, trouble: str) -> KeyringUnusable:
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND")
    backend = f" (PYTHON_KEYRING_BACKEND is {safe_text(chosen)})" if chosen else ""
    remedy = f"Set the environment variable {api_key_variable(profile.name)}, or put the keyring right and try again."
    return KeyringUnusable(f"{trouble}{backend}. {remedy}")
