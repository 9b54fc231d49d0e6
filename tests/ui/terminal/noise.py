"""Random bytes for a terminal, the same for the same seed."""

import random
from collections.abc import Iterator, Sequence

_OFTEN = [
    "\x1b",
    "\x1b[",
    "\x1b]",
    "\x1bO",
    "\x1bP",
    "y",
    "k",
    "\r",
    "\x1b[20~",
    "\x07",
    "\xc3",
    "~",
    "u",
    "\x1b[<0;40;36M",
]


def noise(count: int, seed: int) -> bytes:
    """About so many random bytes, with more beginnings of sequences and more keys that send than chance has."""
    chosen = random.Random(seed)  # noqa: S311 - a seed, no secret
    return b"".join(
        chosen.choice(_OFTEN).encode("latin-1") if chosen.random() < 0.3 else chosen.randbytes(1) for _ in range(count)
    )


def pieces_of(data: bytes, lengths: Sequence[int], seed: int) -> Sequence[bytes]:
    """The data in pieces of these lengths by chance."""
    return list(_pieces(data, lengths, random.Random(seed)))  # noqa: S311 - a seed, no secret


def _pieces(data: bytes, lengths: Sequence[int], chosen: random.Random) -> Iterator[bytes]:
    while data:
        length = chosen.choice(lengths)
        yield data[:length]
        data = data[length:]
