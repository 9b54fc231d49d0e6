"""The parts of a URL that values are written into: segments of the path, and the query."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode

from pbtui.api.errors import RefusedHere
from pbtui.api.sanitize import wire_id

_encoded = lru_cache(maxsize=256)(urlencode)


class Repeated(tuple[str, ...]):
    """Values of a query parameter that is written once for each of them, and not separated by commas."""


def path_segment(call: str, text: str) -> str:
    """Return an id as one segment of a path. Raises RefusedHere for one that would change the path."""
    if text in ("", ".", ".."):
        raise RefusedHere(call, f"{text!r} is not an id")
    return quote(wire_id(text), safe="")


def query_text(call: str, query: Mapping[str, object]) -> str:
    """Return a query: None and empty lists are left out, booleans are lower case, lists are comma-separated.

    Raises RefusedHere for a list whose values contain a comma.
    """
    values: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is None or value == () or value == []:
            continue
        if isinstance(value, bool):
            values.append((name, "true" if value else "false"))
        elif isinstance(value, Repeated):
            values.extend((name, item) for item in value)
        elif isinstance(value, list | tuple):
            if any("," in item for item in value):
                raise RefusedHere(call, f"{name} contains a comma, so the server would read two values instead of one")
            values.append((name, ",".join(value)))
        else:
            values.append((name, str(value)))
    return _encoded(tuple(values))
