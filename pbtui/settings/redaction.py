"""Removes API keys from texts about errors. What a report or a message of an error says passes through `redacted`.

An exception of a library may quote the key, such as `Illegal header value b'…'`.
"""

import json
import os
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
        # "surrogatepass": a variable or a file may hold bytes that are no text, and an error is shown even then.
        in_url = quote(secret, safe="", errors="surrogatepass")
        for written in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], in_url}:
            text = text.replace(written, "[key]")
    return text
