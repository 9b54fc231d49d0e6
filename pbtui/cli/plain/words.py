"""The words of a plain session: a typed line, read into a wish. Pure; nothing is guessed.

Orders go by the numbers that `list` has said. Numbers and fields are read here; prices, quantities and orders by the
commands that the words stand for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pbtui.desk.formats.order_fields import FIELDS
from pbtui.desk.formats.request_fields import CHANGE_FIELDS
from pbtui.settings.decode import did_you_mean

HELP: Mapping[str, str] = {
    "help": "lists these words",
    "status": "says link, halt, orders and market",
    "list": "lists active orders, each with a number; list deactivated; list side:buy area:amp lists what matches",
    "more": "goes on with the list",
    "detail 3": "says every field of order 3",
    "watch": "says what happens as it happens, until you press Enter",
    "news": "says the last ten news again",
    "enter buy 5 @ 62.5 14:15 amp": "enters an order; a line may also begin with buy or sell; asks for what is missing",
    "change 3 price +0.5, mw 4": "changes order 3; change 3 asks for price and MW",
    "withdraw 3 5": "takes orders 3 and 5 out of the market; they can be activated again",
    "activate 3": "brings order 3 back into the market",
    "delete 3": "deletes order 3",
    "trading on": "lets you enter, change and activate orders; after trading off you can only withdraw and delete",
    "kill": "takes all orders out of the market and verifies it, after one more question",
    "rearm": "lifts the halt after a kill",
    "quit": "ends the session; Ctrl+C goes back, twice it ends the session",
}
"""Each word with an example and what it does."""

_WORDS = {each.split()[0] for each in HELP}
_SHORT = {"exit": "quit", "q": "quit", "?": "help", "l": "list", "deactivate": "withdraw"}
_ONE_ORDER = ("detail", "change")
_ORDERS = ("withdraw", "activate", "delete")
_WITH_TEXT = ("list", "enter", "rearm")
_SIDES = ("buy", "b", "sell", "s")
_FIELD_WORDS: Mapping[str, str] = {
    **{name.replace("_", " "): name for name in CHANGE_FIELDS},
    **{FIELDS[name].label: name for name in CHANGE_FIELDS},
    "mw": "quantity",
    "@": "price",
}


class WordsRefused(ValueError):
    """A line that is not understood; the message is a sentence for the trader."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Wish of a typed line. `numbers` are those of orders, `text` is a filter, an order or a reason.

    `changes` are the texts of the fields of a change, by their names in OrderModify.
    """

    word: str
    numbers: Sequence[int] = ()
    text: str = ""
    changes: Mapping[str, str] = field(default_factory=dict)


def read_wish(line: str) -> Wish:
    """Read a line, which is not empty. Raises WordsRefused."""
    first, _, rest = line.strip().partition(" ")
    word, rest = first.casefold(), rest.strip()
    word = _SHORT.get(word, word)
    if word in _SIDES:
        return Wish("enter", text=line.strip())
    if word not in _WORDS:
        raise WordsRefused(f"{first} is not understood{did_you_mean(word, _WORDS)} help lists the words.")
    if word in _WITH_TEXT:
        return Wish(word, text=rest)
    if word in _ONE_ORDER:
        number, _, fields = rest.partition(" ")
        if word == "detail" and fields.strip():
            raise WordsRefused(f"detail takes one number, not {rest}.")
        return Wish(word, _numbers(word, number.split()), changes=_changes(fields))
    if word == "trading":
        if rest.casefold() not in ("on", "off"):
            raise WordsRefused("Write trading on, or trading off.")
        return Wish(word, text=rest.casefold())
    if word in _ORDERS:
        return Wish(word, _numbers(word, rest.replace(",", " ").split()))
    if rest:
        raise WordsRefused(f"Write only {word}, without {rest}.")
    return Wish(word)


def _numbers(word: str, texts: Sequence[str]) -> Sequence[int]:
    odd = next((text for text in texts if not (text.isascii() and text.isdecimal() and len(text) < 8)), None)
    if odd is not None:
        raise WordsRefused(f"{odd} is not the number of an order in the list.")
    if not texts:
        raise WordsRefused(f"Which order? Write {word} and its number; list says the numbers.")
    return tuple(dict.fromkeys(map(int, texts)))


def _changes(text: str) -> Mapping[str, str]:
    """Read `price +0.5, mw 4, text to the end` into texts by field. The text of an order takes the rest of the line."""
    changes: dict[str, str] = {}
    while text := text.strip():
        name, rest = _field(text)
        value, _, text = (rest, "", "") if name == "txt" else rest.partition(",")
        if not value.strip():
            raise WordsRefused(f"{FIELDS[name].label}: its value is missing.")
        if name in changes:
            raise WordsRefused(f"{FIELDS[name].label} is given twice.")
        changes[name] = value.strip()
    return changes


def _field(text: str) -> tuple[str, str]:
    """Return the field whose name begins the text, and what follows; the longest name counts."""
    for name in sorted(_FIELD_WORDS, key=len, reverse=True):
        if found := re.match(rf"{re.escape(name)}(?:\s+|$)", text, re.IGNORECASE):
            return _FIELD_WORDS[name], text[found.end() :]
    word = text.split()[0]
    nearest = did_you_mean(word.casefold(), _FIELD_WORDS)
    raise WordsRefused(f"{word} is not a field that you can change{nearest} Example: price +0.5, mw 4.")
