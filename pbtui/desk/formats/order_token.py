"""The token in the text of an order that a ticket entered, by which reads and trades find it."""

import re

TOKEN_MARK = " pb#"  # noqa: S105 - no secret: it marks the token in a text
_TOKEN = re.compile(rf"{re.escape(TOKEN_MARK.strip())}([0-9A-Z]{{6}})", re.IGNORECASE)
_AT_END = re.compile(rf"(^| ){re.escape(TOKEN_MARK.strip())}[0-9A-Z]+$")


def tokens_in(text: str | None) -> frozenset[str]:
    """The tokens in a text, in upper case: exchanges cut and change texts."""
    return frozenset(map(str.upper, _TOKEN.findall(text))) if text else frozenset()


def without_token(txt: str) -> str:
    """Return an order's text without the token of the ticket that entered it."""
    return _AT_END.sub("", txt)
