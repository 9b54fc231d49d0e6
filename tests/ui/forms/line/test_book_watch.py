"""The order book beside a form: what it says of the newest read, of an older one, and of none."""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.clock import steady_s
from pbtui.api.reads.depth import OrderBookEntry, Orders
from pbtui.desk.market.reading import Reading
from pbtui.ui.forms.line import book_watch
from pbtui.ui.forms.line.book_watch import BookWatch, Place
from pbtui.ui.threads.desk_thread import DeskClosed

BOOK = Orders(bid=(OrderBookEntry(order_id="1", price=Decimal(41), quantity=Decimal(2)),), ask=())
A, B = ("a", "AMP"), ("b", "AMP")


def just_now(age_s: float = 0.0) -> Reading[Orders]:
    return Reading(BOOK, requested_s=steady_s() - age_s)


class Books:
    """Answers reads with these readings, one after the other, and then none any more."""

    def __init__(self, *readings: Reading[Orders] | DeskClosed) -> None:
        self._readings = list(readings)
        self._tasks: list[asyncio.Task[None]] = []
        self.asked: list[Place] = []
        self.shown = asyncio.Event()
        self.watch = BookWatch(self._read, self._begin, self.shown.set)

    async def _read(self, contract_id: str, area: str) -> Reading[Orders]:
        self.asked.append((contract_id, area))
        if not self._readings:
            await asyncio.Event().wait()
        reading = self._readings.pop(0)
        if isinstance(reading, DeskClosed):
            raise reading
        return reading

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(coroutine))

    async def words(self, is_there: Callable[[str], bool]) -> str:
        """The words on a bid at 40, once they are such."""
        async with asyncio.timeout(5):
            while not is_there(words := self.watch.words("BUY", Decimal(40))[0]):
                self.shown.clear()
                await self.shown.wait()
        return words


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_watch, "TYPING_S", 0.0)
    monkeypatch.setattr(book_watch, "AGAIN_S", 0.0)


async def test_a_book_is_said_to_be_read_then_known_then_old() -> None:
    books = Books(just_now(), Reading(problem="HTTP 503"), just_now(age_s=30.0))
    assert books.watch.words("BUY", Decimal(40)) == ("", "label")
    books.watch.follow(A)
    books.watch.follow(A)
    assert books.watch.words("BUY", Decimal(40))[0] == "order book: being read"
    assert (
        await books.words(lambda words: "best" in words) == "order book: best bid 41.00, best offer none; MW ahead 2.0"
    )
    assert books.watch.words(None, None)[0] == "order book: best bid 41.00, best offer none"
    old = await books.words(lambda words: "old" in words)
    assert old.startswith("order book 3")
    assert old.endswith(" s old; then best bid 41.00, best offer none; MW ahead 2.0")
    assert set(books.asked) == {A}


async def test_a_failed_read_keeps_the_book_and_names_its_age() -> None:
    books = Books(just_now(age_s=20.0), Reading(problem="HTTP 503"))
    books.watch.follow(A)
    assert " s old: HTTP 503; then best bid" in await books.words(lambda words: "503" in words)


@pytest.mark.parametrize("failure", [Reading(problem="not offered"), DeskClosed("not offered")])
async def test_a_book_that_is_not_known_says_why(failure: Reading[Orders] | DeskClosed) -> None:
    books = Books(failure)
    books.watch.follow(A)
    assert await books.words(lambda words: "being read" not in words) == "order book: not known: not offered"


async def test_the_book_of_another_contract_is_never_shown() -> None:
    books = Books(just_now())
    books.watch.follow(A)
    await books.words(lambda words: "best" in words)
    books.watch.follow(B)
    assert books.watch.words("BUY", Decimal(40))[0] == "order book: being read"
    books.watch.follow(None)
    assert books.watch.words("BUY", Decimal(40))[0] == ""
