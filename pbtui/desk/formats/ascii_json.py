"""JSON in printable ASCII."""

import json
import re

_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]")


def ascii_json(text: str) -> str:
    """The same JSON with everything except printable ASCII escaped, so that it is safe to print on a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return _NOT_PRINTABLE_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
