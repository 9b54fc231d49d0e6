"""The exchange's clock beside the clock of this host, which can be minutes wrong, and set at any time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pbtui.api import clock
from pbtui.api.answer import Answer, answer_of
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine
from tests.desk.blotter.clocks import clock_behind_host
from tests.desk.blotter.test_feed import trading_desk
from tests.desk.tickets.test_executor import an_entry
from tests.exchange import RunningExchange
from tests.simulation.loop import VirtualClock, VirtualLoop

AT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class SetWatch(clock.Clock):
    """The clocks of a host that stand still, until a test sets them."""

    def __init__(self) -> None:
        self.at = AT
        self.now_s = 100.0

    def utc_now(self) -> datetime:
        """Return the wall clock time."""
        return self.at

    def steady_s(self) -> float:
        """Return the time of the steady clock."""
        return self.now_s


def an_answer(host_ahead_s: float, served_s: int = 0, took_s: float = 0.2, age: str | None = None) -> Answer:
    """An answer that the server gave at `served_s` after AT by its clock, as this host's clock sees it."""
    headers = {"Date": f"Sun, 22 Nov 2026 12:00:{served_s:02} GMT", **({} if age is None else {"Age": age})}
    is_set_by_s = max(host_ahead_s, -6e10)
    requested_at, requested_s = AT + timedelta(seconds=served_s + is_set_by_s), 100.0 + served_s + is_set_by_s
    answer = answer_of(200, headers, b"[]", requested_at=requested_at, requested_s=requested_s)
    received = {"received_s": requested_s + took_s}
    return Answer(**{name: getattr(answer, name) for name in Answer.__struct_fields__} | received)


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
    host_zero_at = AT - timedelta(seconds=100)
    found = ExchangeClock(host_zero_at - timedelta(seconds=ahead_s) if ahead_s else None)
    for answer in answers:
        found = found.after(answer)
    assert (host_zero_at - (found.zero_at or host_zero_at)).total_seconds() == pytest.approx(after_s)


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
    assert ExchangeClock(AT).after(answer) == ExchangeClock(AT)
    assert ExchangeClock().after(answer) == ExchangeClock()


def set_by(days: int, answer: Answer) -> Answer:
    """An answer to a request that was sent after the wall clock of this host was set by so many days."""
    values = {name: getattr(answer, name) for name in Answer.__struct_fields__}
    return Answer(**{**values, "requested_at": answer.requested_at + timedelta(days=days)})


@pytest.mark.parametrize("days", [1, -1, 30, -20_000])
def test_a_wall_clock_that_is_set_between_two_answers_changes_nothing(days: int) -> None:
    known = ExchangeClock().after(an_answer(420))
    assert known.after(set_by(days, an_answer(420, 9))) == known != ExchangeClock()
    moved = known.after(set_by(days, an_answer(430, 10))).after(set_by(days, an_answer(430, 12)))
    assert moved.zero_at is not None
    assert known.zero_at is not None
    assert (known.zero_at - moved.zero_at).total_seconds() == pytest.approx(10)


def test_before_any_answer_the_wall_clock_is_that_of_the_exchange() -> None:
    watch = SetWatch()
    with clock.use(watch):
        for watch.at in (AT, AT + timedelta(hours=1), AT - timedelta(hours=1)):
            assert (ExchangeClock().now(), ExchangeClock().time_at(70.0)) == (
                watch.at,
                watch.at - timedelta(seconds=30),
            )
            assert ExchangeClock().warning == ""


def test_a_known_clock_goes_on_with_the_steady_one() -> None:
    watch = SetWatch()
    with clock.use(watch):
        known = clock_behind_host(420.0)
        for watch.at in (AT, AT + timedelta(hours=1), AT - timedelta(days=30)):
            assert known.now() == AT - timedelta(minutes=7)
        watch.now_s += 9.0
        assert (known.now(), known.time_at(100.0)) == (
            AT - timedelta(minutes=6, seconds=51),
            AT - timedelta(minutes=7),
        )


def test_a_trader_is_warned_of_a_difference_of_more_than_five_seconds() -> None:
    rest = "the exchange's: gates and ages are by the exchange's; set the clock of this host"
    watch = SetWatch()
    with clock.use(watch):
        known = [clock_behind_host(ahead_s) for ahead_s in (0, 5, -5, 419.6, -6.2)]
        assert [each.warning for each in known] == [
            *("", "", ""),
            f"the clock of this host is 7 m ahead of {rest}",
            f"the clock of this host is 6.0 s behind {rest}",
        ]
        watch.at += timedelta(minutes=10)
        assert known[0].warning == f"the clock of this host is 10 m ahead of {rest}"


def an_entry_line(exchange: RunningExchange, validity_date: datetime) -> TicketLine:
    """The line of a new order that is valid until then."""
    return TicketLine("", an_entry(exchange, validity_date=validity_date))


@pytest.mark.parametrize("minutes", [7, -7, 60])
@pytest.mark.parametrize("set_to_minutes", [0, 180, -180])
async def test_a_desk_goes_by_the_clock_of_the_exchange_also_while_that_of_the_host_is_set(
    exchange: RunningExchange, minutes: int, set_to_minutes: int
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    host, true = VirtualClock(loop), VirtualClock(loop)
    host.is_off_by = timedelta(minutes=minutes)
    with clock.use(host):
        async with trading_desk(exchange) as desk:
            desk.desk.set_trading(is_on=True)
            for is_read in (True, False, True):
                if is_read:
                    await desk.read()
                assert abs(desk.view.now() - true.utc_now()) < timedelta(seconds=1)
                soon = true.utc_now() + timedelta(minutes=1)
                until_soon = Ticket("t", Action.ADD, (an_entry_line(exchange, soon),), AT)
                assert desk.desk.check(until_soon).refusals == ()
                passed = Ticket("t", Action.ADD, (an_entry_line(exchange, soon - timedelta(minutes=2)),), AT)
                [refusal] = desk.desk.check(passed).refusals
                assert refusal.endswith("has passed")
                host.is_off_by = timedelta(minutes=set_to_minutes)
            assert abs(desk.view.link.exchange_clock.ahead_s - 60 * set_to_minutes) <= 1
