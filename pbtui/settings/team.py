"""The store that the desks of a team share: the table `[team]`.

It is one for the whole file: server and portfolios decide which desks share a halt, so that profiles of different
servers can use one store.
"""

import re
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import unquote

from msgspec import Meta, Struct

from pbtui.settings.decode import Text, check_fields

PLACES_OF_PASSWORDS = (
    "~/.pgpass (or the file that PGPASSFILE names), a service file, PGPASSWORD, password_command under [team], or the"
    " keyring, with the command team password"
)
_ADDRESS = 'the address of a PostgreSQL database, such as "postgresql://db.example/trading" or "service=trading"'

_URL = re.compile(r"postgres(?:ql)?://\S*")
_KEYWORDS = re.compile(r"\s*(?:\w+\s*=\s*(?:'(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?:\s+|\Z))+")
_SECRET_KEYWORD = re.compile(r"(?:password|secret|scram_\w+_key)\s*=", re.IGNORECASE)
_USER_AND_PASSWORD = re.compile(r"[\w+]+://(?:[^@/\[]*:(?!\d*(?:[/,?]|\Z)).*@|[^?]*:[^?]*@)", re.DOTALL)
"""User and password before the host, also a password that should have been escaped. A port is no password."""


def _address(text: str) -> str:
    """The address, which holds no password. It is checked without the driver, whose import would delay every start."""
    if _USER_AND_PASSWORD.match(text) or _SECRET_KEYWORD.search(unquote(text)):
        raise ValueError(f"no secrets in this file! Remove the password; it belongs into {PLACES_OF_PASSWORDS}")
    if not text.isprintable() or not (_URL.fullmatch(text) or _KEYWORDS.fullmatch(text)):
        raise ValueError(f"must be {_ADDRESS}")
    if find_spec("psycopg") is None:
        raise ValueError("needs the driver of PostgreSQL; install it: pip install 'pbtui[team]'")
    return text


class Rearm(StrEnum):
    """The number of persons who lift a halt of the team."""

    ONE_PERSON = "one-person"
    """Any operator alone."""
    TWO_PERSONS = "two-persons"
    """An operator asks, and another one confirms. The store keeps the rule for all desks of the server."""


class TeamSettings(Struct, frozen=True, kw_only=True):
    """The table `[team]`. Raises ValueError for invalid values. Without a store, `store` is empty.

    `password_command` prints the password; without one, libpq and the keyring are asked.
    """

    store: Annotated[Text, Meta(description=_ADDRESS), _address] = ""
    rearm: Annotated[Rearm, Meta(description="one-person or two-persons, in quotes")] = Rearm.ONE_PERSON
    password_command: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description='a list of a program and its arguments, such as ["pass", "show", "trading/db"]'),
    ] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        if self.rearm is Rearm.TWO_PERSONS and not self.store:
            raise ValueError('rearm: two persons need a store; add it, for example: store = "service=trading"')
