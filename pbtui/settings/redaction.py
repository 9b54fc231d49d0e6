"""Removes API keys from texts about errors. What a report or a message of an error says passes through `redacted`.

An exception of a library may quote the key, such as `Illegal header value b'…'`.
"""

import json
import os
from contextlib import suppress
from urllib.parse import quote

_VARIABLES = "PBTUI_API_KEY_"
_known: set[str] = set()


def remember(secret: str) -> None:
    """Remove this text from every text that is redacted later."""
    _known.update({secret, secret.strip()} - {""})


def redacted(text: str) -> str:
    """Return the text without the keys of this process, as they are, or as Python, JSON or a URL writes them."""
    in_environment = {value.strip() for name, value in os.environ.items() if name.startswith(_VARIABLES)}
    for secret in sorted((_known | in_environment) - {""}, key=len, reverse=True):
        for written in _forms(secret):
            text = text.replace(written, "[key]")
    return text


def _forms(secret: str) -> set[str]:
    """The ways to write a key. Its bytes may be no text, and an error is shown even then."""
    forms = {repr(secret)[1:-1], ascii(secret)[1:-1], json.dumps(secret)[1:-1]}
    with suppress(UnicodeEncodeError):
        forms.add(repr(os.fsencode(secret))[2:-1])
    return {secret, quote(secret, safe="", errors="surrogatepass")} | forms
