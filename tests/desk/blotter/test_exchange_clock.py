"""The exchange's clock beside the clock of this host, which can be minutes wrong."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pbtui.api import clock
from pbtui.api.answer import Answer, answer_of
from pbtui.api.clock import utc_now
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.ticket_limits import check_line
from pbtui.desk.tickets.ticket import TicketLine
from tests.desk.blotter.test_feed import trading_desk
from tests.desk.kill.armed import profile_at
from tests.desk.tickets.test_executor import an_entry
from tests.exchange import RunningExchange
from tests.simulation.loop import VirtualClock, VirtualLoop

AT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def an_answer(host_ahead_s: float, served_s: int = 0, took_s: float = 0.2, age: str | None = None) -> Answer:
    """An answer that the server gave at `served_s` after AT by its clock, as this host's clock sees it."""
    headers = {"Date": f"Sun, 22 Nov 2026 12:00:{served_s:02} GMT", **({} if age is None else {"Age": age})}
    requested_at = AT + timedelta(seconds=served_s + max(host_ahead_s, -6e10))
    answer = answer_of(200, headers, b"[]", requested_at=requested_at, requested_s=100.0)
    return Answer(**{name: getattr(answer, name) for name in Answer.__struct_fields__} | {"received_s": 100 + took_s})


@pytest.mark.parametrize(
    ("ahead_s", "answers", "after_s"),
    [
        (0, [an_answer(0.1)], 0),
        (0, [an_answer(0.9)], 0),
        (0, [an_answer(420, 2)], 419.6),
        (0, [an_answer(-420, 2)], -420.4),
        (419.6, [an_answer(420), an_answer(420.4, 3), an_answer(419.5, 5)], 419.6),
        (419.6, [an_answer(0.5), an_answer(0.5, 2)], 0),
        (419.6, [an_answer(430, 10)], 419.6),
        (0, [an_answer(420), an_answer(430, 10), an_answer(430, 12)], 429.6),
        (0, [an_answer(0.5), an_answer(60), an_answer(62), an_answer(64), an_answer(66)], 0),
        (0, [an_answer(0.5), an_answer(60), an_answer(0, 5), an_answer(60)], 0),
        (0, [an_answer(420, age="0")], 419.1),
        (0, [an_answer(8 * 86_400), an_answer(8 * 86_400), an_answer(-2.5e11), an_answer(-2.5e11)], 0),
        (0, [an_answer(-9, took_s=20)], 0),
        (0, [an_answer(420, age="2"), an_answer(420, age="soon")], 0),
    ],
    ids=[
        *("in time", "within the second", "ahead", "behind", "it stays while it is possible", "set right"),
        *("one answer does not change it", "set again", "an answer that is repeated", "two old answers"),
        *("of a gateway", "impossible", "a slow answer shows little", "of a cache"),
    ],
)
def test_the_difference_after_answers(ahead_s: float, answers: list[Answer], after_s: float) -> None:
    found = ExchangeClock(ahead_s, is_known=bool(ahead_s))
    for answer in answers:
        found = found.after(answer)
    assert found.ahead_s == pytest.approx(after_s)


@pytest.mark.parametrize(
    "date",
    [
        *(None, "yesterday", "Sun, 22 Nov 2026 12:00:00", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"),
        *("Mon, 06 Nov 2026 08:49:37 +99999999999999", "Mon, 06 Nov 99999999999999999999 08:49:37 GMT"),
        *("Nov 99999999999 06 08:49:37", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ],
)
def test_an_answer_without_a_time_that_can_be_read_shows_nothing(date: str | None) -> None:
    headers = {} if date is None else {"Date": date}
    answer = answer_of(200, headers, b"[]", requested_at=AT, requested_s=1.0)
    assert ExchangeClock(3.0).after(answer) == ExchangeClock(3.0)
    assert ExchangeClock().after(answer).time_of(AT) == AT


def test_a_trader_is_warned_of_a_difference_of_more_than_five_seconds() -> None:
    rest = "the exchange's: gates and ages are by the exchange's; set the clock of this host"
    assert [ExchangeClock(ahead_s).warning for ahead_s in (0, 5, -5, 419.6, -6.2)] == [
        *("", "", ""),
        f"the clock of this host is 7 m ahead of {rest}",
        f"the clock of this host is 6.0 s behind {rest}",
    ]


@pytest.mark.parametrize("minutes", [7, -7, 60])
async def test_a_desk_goes_by_the_clock_of_the_exchange(exchange: RunningExchange, minutes: int) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    host, true = VirtualClock(loop), VirtualClock(loop)
    host.is_off_by = timedelta(minutes=minutes)
    with clock.use(host):
        async with trading_desk(exchange) as desk:
            assert abs(desk.view.now() - true.utc_now()) < timedelta(seconds=1)
            soon = true.utc_now() + timedelta(minutes=1)
            line = TicketLine("", an_entry(exchange, validity_date=soon))
            assert check_line(line, desk.view, profile_at(exchange.base_url), 0, utc_now()).refusals == ()
            passed = TicketLine("", an_entry(exchange, validity_date=soon - timedelta(minutes=2)))
            [refusal] = check_line(passed, desk.view, profile_at(exchange.base_url), 0, utc_now()).refusals
            assert refusal.endswith("has passed")
            host.is_off_by = timedelta(0)
            await desk.read()
            view = await desk.read()
            assert view.link.exchange_clock.ahead_s == 0
