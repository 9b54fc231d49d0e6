"""One call to the host's keyring, in a process of its own: a script, so it imports nothing of pbtui.

A keyring is a plugin. It may be missing, locked or broken, print what it likes, ask on the terminal, or wait without
limit for a prompt on another screen. In its own process it has neither our terminal nor our output, and can be killed.

The request is JSON on stdin: `action` (find, store, delete or probe), `services` (the first one is written), `user`,
and the `secret` to store. The answer is JSON on stdout: `backend`, and `secret`, `deleted`, or a `problem` with a
`detail`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

# No profile can have these names.
PROBE_USER = "pbtui.probe"
UNKNOWN_USER = "pbtui.nobody"

_PROMPTING_BACKENDS = {("keyrings.alt.file", "EncryptedKeyring"), ("keyrings.cryptfile.file", "EncryptedKeyring")}


class Unusable(Exception):
    """The keyring can't be used; the message is the reason."""


def perform(request: Mapping[str, object]) -> dict[str, object]:
    """The answer to a request. A plugin's own message is left out where it may repeat the secret."""
    answer: dict[str, object] = {}
    try:
        keyring = _open(answer)
        answer.update(_performed(keyring, request))
    except Unusable as error:
        answer["problem"] = str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin can raise anything
        answer["problem"] = f"The keyring failed: {type(error).__name__}"
        if request["action"] != "store":
            answer["detail"] = str(error)
    return answer


def _open(answer: dict[str, object]) -> KeyringBackend:
    from keyring import get_keyring
    from keyring.backends import fail, null
    from keyring.core import init_backend

    init_backend(limit=lambda keyring: not _prompts(keyring))
    keyring = get_keyring()
    if isinstance(keyring, fail.Keyring):
        raise Unusable("This host has no keyring")
    if isinstance(keyring, null.Keyring):
        raise Unusable("The keyring is switched off: its backend is the one that stores nothing")
    name = f"{type(keyring).__module__}.{type(keyring).__qualname__}"
    if _prompts(keyring):
        raise Unusable(f"The keyring {name} asks for its password on the terminal")
    answer["backend"] = name
    return keyring


def _prompts(keyring: KeyringBackend) -> bool:
    return any((ancestor.__module__, ancestor.__name__) in _PROMPTING_BACKENDS for ancestor in type(keyring).__mro__)


def _performed(keyring: KeyringBackend, request: Mapping[str, object]) -> dict[str, object]:
    action, user, services = request["action"], str(request["user"]), list(_texts(request["services"]))
    if action == "find":
        found = (_read(keyring, service, user) for service in services)
        return {"secret": next((secret for secret in found if secret is not None), None)}
    if action == "delete":
        deleted = [_delete(keyring, service, user) for service in services]
        return {"deleted": any(deleted)}
    if action == "probe":
        _read(keyring, services[0], PROBE_USER)  # in a keyring with one entry for all users, the probe would replace it
        _store(keyring, services[0], PROBE_USER, str(request["secret"]))
        _delete(keyring, services[0], PROBE_USER)
        return {}
    _store(keyring, services[0], user, str(request["secret"]))
    for earlier in services[1:]:
        _delete(keyring, earlier, user)
    return {}


def _texts(value: object) -> Sequence[str]:
    assert isinstance(value, list)  # noqa: S101 - both ends of the pipe are ours
    return value


def _store(keyring: KeyringBackend, service: str, user: str, secret: str) -> None:
    keyring.set_password(service, user, secret)
    if _read(keyring, service, user) != secret:
        _delete(keyring, service, user)
        raise Unusable("The keyring does not return what was stored in it")


def _read(keyring: KeyringBackend, service: str, user: str) -> str | None:
    stored = keyring.get_password(service, user)
    if stored is not None and keyring.get_password(service, UNKNOWN_USER) is not None:
        raise Unusable(
            "The keyring returns the same entry for every user name, so the key may belong to another profile"
        )
    return stored


def _delete(keyring: KeyringBackend, service: str, user: str) -> bool:
    if _read(keyring, service, user) is None:
        return False
    keyring.delete_password(service, user)
    if _read(keyring, service, user) is not None:
        raise Unusable("The keyring did not delete the entry")
    return True


def main() -> None:
    """Read the request, keep stdout for the answer alone, and write the answer."""
    request = json.load(sys.stdin)
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.write(answers, json.dumps(perform(request)).encode())
    os._exit(0)  # threads of the plugin may still wait


if __name__ == "__main__":
    main()
