"""The names of keys in sentences."""

from textual.keys import format_key


def key_words(key: str) -> str:
    """Return a key as a trader writes it: `n`, `?`, `ctrl+n`, `enter`, `pgdn`, `←`."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, last if last == "enter" else format_key(last)])
