"""Random numbers. No other module of the desk draws any."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

_present: random.Random = random.SystemRandom()
"""The system's own source: no two desks draw the same tokens."""


def uniform(least: float, most: float) -> float:
    """Return a number between the two."""
    return _present.uniform(least, most)


def letters(alphabet: str, count: int) -> str:
    """Return that many letters of the alphabet."""
    return "".join(_present.choice(alphabet) for _ in range(count))


def unique_id() -> str:
    """Return an id that no other program draws."""
    return letters("0123456789abcdef", 24)


@contextmanager
def use(source: random.Random) -> Iterator[None]:
    """Draw from this source until the end of the block: a simulation draws from its seed."""
    global _present
    earlier, _present = _present, source
    try:
        yield
    finally:
        _present = earlier
