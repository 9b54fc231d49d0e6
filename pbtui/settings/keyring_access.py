"""The host's keyring: finds, stores and deletes a profile's API key.

An entry has the service `pbtui:<scheme>://<host>:<port>`, without a default port, and the profile's name as its user:
after a change of the URL, the stored key is not sent to another server. Each call is a process of its own (see
`keyring_process`) and ends within KEYRING_LIMIT_S.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pbtui.api.sanitize import safe_text
from pbtui.settings import keyring_process
from pbtui.settings.bounded_process import Slow, output_of
from pbtui.settings.key_text import MAX_SOURCE_BYTES, KeyringUnusable, KeyText, checked_api_key, secret
from pbtui.settings.profiles import Profile, api_key_variable

if TYPE_CHECKING:
    from pydantic import SecretStr

KEYRING_LIMIT_S = 3.0
_MAX_ANSWER_BYTES = 16 * MAX_SOURCE_BYTES


class Entry:
    """Entry of a profile in the keyring: the `backend`, and the `text` of the key, None if there is none."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        self.backend = safe_text(str(answer["backend"]))
        self.text = None if answer["secret"] is None else KeyText(str(answer["secret"]))


def keyring_service(profile: Profile) -> str:
    """The service name of a profile's key in the keyring."""
    return f"pbtui:{profile.origin}"


def find_entry(profile: Profile) -> Entry:
    """The profile's entry in the keyring. Raises KeyringUnusable."""
    return Entry(_ask(profile, "find"))


def probe_keyring(profile: Profile) -> None:
    """Store, read back and delete a random text, to test the keyring before a trader is asked for the key.

    Raises KeyringUnusable.
    """
    _ask(profile, "probe", secret(secrets.token_hex(16)))


def store_api_key(profile: Profile, key: SecretStr) -> None:
    """Store the profile's key in the keyring and read it back.

    Raises CredentialsError if the key is not valid, KeyringUnusable if it can't be read back.
    """
    _ask(profile, "store", checked_api_key(key))


def delete_api_key(profile: Profile) -> bool:
    """Delete the profile's key from the keyring. Returns False if there was none. Raises KeyringUnusable."""
    return bool(_ask(profile, "delete")["deleted"])


_has_hung = False


def _ask(profile: Profile, action: str, to_store: SecretStr | None = None) -> Mapping[str, object]:
    """The keyring's answer. Raises KeyringUnusable."""
    global _has_hung
    if _has_hung:  # another call would wait as long
        raise _unusable(profile, "The keyring has not answered an earlier call")
    try:
        answer = _answered(profile, action, to_store)
    except Slow:
        _has_hung = True
        waiting = "it may be waiting to be unlocked on another screen"
        raise _unusable(profile, f"The keyring did not answer within {KEYRING_LIMIT_S:g} s; {waiting}") from None
    if answer is None:
        raise _unusable(profile, "The keyring ended the process that asked it")
    if "problem" in answer:
        detail = f" ({safe_text(str(answer['detail']))})" if "detail" in answer else ""
        raise _unusable(profile, f"{safe_text(str(answer['problem']))}{detail}", answer.get("backend"))
    return answer


def _services(profile: Profile) -> list[str]:
    """The service of the profile, and the one of version 0.2, which had no port, where that can only be the default."""
    service = keyring_service(profile)
    is_bound = profile.origin == f"https://{profile.host}"
    return [service, f"pbtui:{profile.host}"] if is_bound else [service]


def _answered(profile: Profile, action: str, to_store: SecretStr | None) -> Mapping[str, object] | None:
    """The answer, None if the process ended without one. Raises Slow."""
    request: dict[str, object] = {"action": action, "services": _services(profile), "user": profile.name}
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


def _unusable(profile: Profile, problem: str, opened: object = None) -> KeyringUnusable:
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND")
    backend = f" (PYTHON_KEYRING_BACKEND is {safe_text(chosen)})" if chosen else ""
    remedy = f"Set the environment variable {api_key_variable(profile.name)}, or fix the keyring and try again."
    return KeyringUnusable(f"{problem}{backend}. {remedy}", None if opened is None else safe_text(str(opened)))
