"""The host's keyring: finds, stores and deletes a profile's API key, and other secrets.

The entry of a key has the service `pbtui:<scheme>://<host>:<port>`, without a default port, and the profile's name as
its user: after a change of the URL, the stored key is not sent to another server. Each call is a process of its own
(see `keyring_process`) and ends within KEYRING_LIMIT_S.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from typing import NamedTuple

from pbtui.api.sanitize import safe_text
from pbtui.settings.bounded_process import Slow, output_of
from pbtui.settings.key_text import MAX_SOURCE_BYTES, KeyringUnusable, KeyText, Secret, checked_api_key, secret
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.secrets import keyring_process

KEYRING_LIMIT_S = 3.0
_MAX_ANSWER_BYTES = 16 * MAX_SOURCE_BYTES


class KeyringPlace(NamedTuple):
    """A place of the keyring: the services where it is looked for, of which the first is written, and the user.

    `remedy` ends the message if the keyring can't be used.
    """

    services: list[str]
    user: str
    remedy: str


class Entry:
    """Entry of the keyring: its `backend`, and its `secret`, None if there is none."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        self.backend = safe_text(str(answer["backend"]))
        self.secret = None if answer["secret"] is None else str(answer["secret"])

    @property
    def text(self) -> KeyText | None:
        """The secret as that of a source of an API key."""
        return None if self.secret is None else KeyText(self.secret)


def keyring_service(profile: Profile) -> str:
    """The service name of a profile's key in the keyring."""
    return f"pbtui:{profile.origin}"


def find_entry(profile: Profile) -> Entry:
    """The profile's entry in the keyring. Raises KeyringUnusable."""
    return find_at(_place_of(profile))


def probe_keyring(profile: Profile) -> None:
    """Test the keyring before a trader is asked for the key. Raises KeyringUnusable."""
    probe_at(_place_of(profile))


def store_api_key(profile: Profile, key: Secret) -> None:
    """Store the profile's key in the keyring and read it back.

    Raises CredentialsError if the key is not valid, KeyringUnusable if it can't be read back.
    """
    store_at(_place_of(profile), checked_api_key(key))


def delete_api_key(profile: Profile) -> bool:
    """Delete the profile's key from the keyring. Returns False if there was none. Raises KeyringUnusable."""
    return delete_at(_place_of(profile))


def _place_of(profile: Profile) -> KeyringPlace:
    """The place of a profile's key. Version 0.2 had no port in its service: that can only be the default one."""
    service = keyring_service(profile)
    is_bound = profile.origin == f"https://{profile.host}"
    remedy = f"Set the environment variable {api_key_variable(profile.name)}, or fix the keyring and try again."
    return KeyringPlace([service, *([f"pbtui:{profile.host}"] if is_bound else [])], profile.name, remedy)


# ---------------------------------------------------------------- any secret


def find_at(place: KeyringPlace) -> Entry:
    """The entry at this place. Raises KeyringUnusable."""
    return Entry(_ask(place, "find"))


def probe_at(place: KeyringPlace) -> None:
    """Store, read back and delete a random text. Raises KeyringUnusable."""
    _ask(place, "probe", secret(secrets.token_hex(16)))


def store_at(place: KeyringPlace, to_store: Secret) -> None:
    """Store a secret and read it back. Raises KeyringUnusable."""
    _ask(place, "store", to_store)


def delete_at(place: KeyringPlace) -> bool:
    """Delete the entry at this place. Returns False if there was none. Raises KeyringUnusable."""
    return bool(_ask(place, "delete")["deleted"])


_has_hung = False


def _ask(place: KeyringPlace, action: str, to_store: Secret | None = None) -> Mapping[str, object]:
    """The keyring's answer. Raises KeyringUnusable."""
    global _has_hung
    if _has_hung:  # another call would wait as long
        raise _unusable(place, "The keyring has not answered an earlier call")
    try:
        answer = _answered(place, action, to_store)
    except Slow:
        _has_hung = True
        waiting = "it may be waiting to be unlocked on another screen"
        raise _unusable(place, f"The keyring did not answer within {KEYRING_LIMIT_S:g} s; {waiting}") from None
    if answer is None:
        raise _unusable(place, "The keyring ended the process that asked it")
    if "problem" in answer:
        detail = f" ({safe_text(str(answer['detail']))})" if "detail" in answer else ""
        raise _unusable(place, f"{safe_text(str(answer['problem']))}{detail}", answer.get("backend"))
    return answer


def _answered(place: KeyringPlace, action: str, to_store: Secret | None) -> Mapping[str, object] | None:
    """The answer, None if the process ended without one. Raises Slow."""
    request: dict[str, object] = {"action": action, "services": place.services, "user": place.user}
    if to_store is not None:
        request["secret"] = to_store.get_secret_value()
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        ended = output_of(
            [sys.executable, "-P", keyring_process.__file__],
            within_s=KEYRING_LIMIT_S,
            max_bytes=_MAX_ANSWER_BYTES,
            given=json.dumps(request).encode(),
            environment={**os.environ, "PYTHONPATH": paths},
            own_session=True,
        )
    except OSError:  # the limit of processes is reached, and a kill needs the key
        return keyring_process.perform(request)
    try:
        answer: Mapping[str, object] = json.loads(ended.output)
    except ValueError:
        return None
    return answer


def _unusable(place: KeyringPlace, problem: str, opened: object = None) -> KeyringUnusable:
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND")
    backend = f" (PYTHON_KEYRING_BACKEND is {safe_text(chosen)})" if chosen else ""
    return KeyringUnusable(f"{problem}{backend}. {place.remedy}", None if opened is None else safe_text(str(opened)))
