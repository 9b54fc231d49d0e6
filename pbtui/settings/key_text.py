"""The form of an API key, and the text of a source that holds one.

A source holds the key alone, or the server before the key: `https://desk.example:8443 KEY`. A key with a server is
never sent to another one. A key is only ever in a `KeyText` or a `Secret`, never in a message or an exception.
"""

from __future__ import annotations

from collections.abc import Callable

from pbtui.settings.addresses import origin_of
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.redaction import remember

MAX_KEY_LENGTH = 4096
MAX_SOURCE_BYTES = 2 * MAX_KEY_LENGTH
"""Length up to which a source is read: what is longer holds more than a key."""

_SCHEMES = ("https://", "http://")


class CredentialsError(Exception):
    """A key that can't be read or used. The message says what to do next, and never holds the key."""


class KeyringUnusable(CredentialsError):
    """The keyring is missing, locked, broken or unreliable, or does not answer. The key may come from elsewhere.

    `backend` is the name of the keyring, None if none was opened.
    """

    def __init__(self, message: str, backend: str | None = None) -> None:
        super().__init__(message)
        self.backend = backend


class Secret:
    """A text that is not shown: an API key."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def get_secret_value(self) -> str:
        """The text."""
        return self._text


class KeyText:
    """The text of a source: a key, or a server and its key."""

    def __init__(self, text: str) -> None:
        self._words = text.strip().split(maxsplit=1) if text.lstrip().startswith(_SCHEMES) else [text.strip()]
        remember(self._words[-1])

    def __repr__(self) -> str:
        return "KeyText(…)"

    @property
    def server(self) -> str | None:
        """The server that the key is for, as it was written; None if the text does not name it."""
        return self._words[0] if len(self._words) == 2 else None

    @property
    def flaw(self) -> str | None:
        """The reason why the key can't be sent in an HTTP header, as the end of a sentence; None if it can."""
        if len(self._words) == 1 and self._words[0].startswith(_SCHEMES):
            return "is missing after the server"
        return _flaw(self._words[-1])

    @property
    def key(self) -> Secret:
        """The key."""
        return secret(self._words[-1])


class SessionKey:
    """The key of a running desk, which its clients share. It can be replaced: the next request of each has the new one.

    `find` returns the first key when it is needed.
    """

    def __init__(self, find: Callable[[], Secret]) -> None:
        self._find = find
        self._key: Secret | None = None

    def get_secret_value(self) -> str:
        """The present key."""
        if self._key is None:
            self._key = self._find()
        return self._key.get_secret_value()

    def replace(self, key: Secret) -> None:
        """Use this key from now on."""
        self._key = key


def secret(text: str) -> Secret:
    """The text as a secret, which no report of a crash shows."""
    remember(text)
    return Secret(text)


def checked_api_key(entered: Secret, called: str = "The API key", remedy: str = "Give the key alone.") -> Secret:
    """The key without the whitespace around it, valid for an HTTP header.

    Raises CredentialsError with `called`, the problem and `remedy` as its message.
    """
    if flaw := _flaw(entered.get_secret_value().strip()):
        raise CredentialsError(f"{called} {flaw}. {remedy}")
    return secret(entered.get_secret_value().strip())


def check_text(text: KeyText, profile: Profile, called: str, remedy: str) -> None:
    """Raise CredentialsError if the text holds no valid key, or a key for another server than the profile's.

    `called` begins the message, and `remedy` ends that of a key that is not valid.
    """
    if text.flaw:
        raise CredentialsError(f"{called} {text.flaw}. {remedy}")
    if text.server is None:
        return
    try:
        origin = origin_of(text.server)
    except ValueError as error:
        raise CredentialsError(f"The server before the API key can't be used: it {error}. {remedy}") from None
    if origin != profile.origin:
        raise CredentialsError(
            f"{called} is for {origin}, but profile {profile.name} is at {profile.origin}; it was not sent. "
            f"Correct base_url in the settings, or set {api_key_variable(profile.name)} to the key for this server."
        )


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
