"""What is new between two views of the desk: each kind of alert, each once, none at first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.api.codes import ModifyAction
from pbtui.api.errors import NotSent
from pbtui.api.models import Order
from pbtui.api.reads.contracts import ContractItem, DeliveryAreaState
from pbtui.api.reads.market import MarketStatus, Notification
from pbtui.api.requests import OrderModify
from pbtui.api.structs import replace
from pbtui.desk.alerts.alert import Alert, AlertedOrder, by_way
from pbtui.desk.alerts.follow import Seen, Step, follow
from pbtui.desk.blotter.events import OrderNews
from pbtui.desk.blotter.exchange_clock import ExchangeClock
from pbtui.desk.blotter.link import Failure, Link
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, change_line
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind, AlertSettings, Way
from tests.orders import an_order

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AMP = "10YDE-RWENET---I"
RULES = AlertSettings()
OK = MarketStatus(status="OK", mode="NORMAL", order_action_quota=Decimal("0.5"))
ORDER = an_order("1")
FILLED = replace(ORDER, action="FEXE", quantity=Decimal(0), revision_no=2)
CONTRACT = ContractItem(
    contract_id="c14",
    delivery_area_states=(DeliveryAreaState(delivery_area=AMP, trading_end=NOW + timedelta(minutes=15)),),
)


def exchange(status: MarketStatus = OK, **readings: Any) -> ExchangeView:
    """A reading of the market at second 0, with a contract whose gate closes a quarter of an hour later."""
    return ExchangeView(
        **{
            "status": Reading(status, NOW, 0.0),
            "contracts": Reading((CONTRACT,)),
            "notifications": Reading(()),
            **readings,
        }
    )


BLOTTER = Blotter().apply([ORDER])
BEFORE = DeskView(Link(2.0, read_s=0.0), BLOTTER, exchange=exchange(), own_tokens=frozenset({"7K3QX2"}))


def followed(*moments: tuple[DeskView, float], rules: AlertSettings = RULES) -> Step:
    """The last step, after these views at these seconds."""
    seen = Seen()
    for view, now_s in moments:
        step = follow(seen, view, rules, NOW + timedelta(seconds=now_s), now_s)
        seen = step.seen
    return step


def an_event(order: Order, number: int = 1, **fields: Any) -> OrderNews:
    return OrderNews(order.key, order, Decimal(5), Decimal(5), number, **fields)


def with_events(*events: OrderNews) -> DeskView:
    return replace(BEFORE, events=events)


def a_ticket(*states: State, **fields: Any) -> Ticket:
    line = change_line(ORDER, OrderModify(action=ModifyAction.MODI, price=Decimal(46)))
    lines = [replace(line, key=str(place), verdict=Verdict(state, "why")) for place, state in enumerate(states)]
    return Ticket("7K3QX2", Action.MODIFY, tuple(lines), NOW, **fields)


def with_ticket(*states: State, **fields: Any) -> DeskView:
    return replace(BEFORE, tickets=(a_ticket(*states, **fields),))


def with_orders(*orders: Order) -> DeskView:
    return replace(BEFORE, blotter=BLOTTER.apply([ORDER, *orders]))


OFFLINE = replace(BEFORE, link=Link(2.0, read_s=0.0, failure=Failure(NotSent("GET /orders", "no route"), 1.0)))

KINDS: dict[str, tuple[DeskView, DeskView, AlertKind, str]] = {
    "a fill": (BEFORE, with_events(an_event(FILLED)), AlertKind.FILL, "FILLED ▲ BUY 5.0 MW"),
    "a fill of an own ticket": (BEFORE, with_ticket(State.FILLED), AlertKind.FILL, "FILLED price 45.10 → 46.00: ▲ BUY"),
    "a refusal in remote validation": (
        BEFORE,
        with_events(an_event(replace(ORDER, action="SERR"))),
        AlertKind.REJECTION,
        "REFUSED IN REMOTE VALIDATION by system",
    ),
    "a rejected ticket": (with_ticket(State.SENT), with_ticket(State.REJECTED), AlertKind.REJECTION, "REJECTED"),
    "a conflict": (with_ticket(State.SENT), with_ticket(State.CONFLICT), AlertKind.REJECTION, "CONFLICT"),
    "a broken limit": (
        BEFORE,
        with_events(an_event(replace(ORDER, action="RLVI"))),
        AlertKind.LIMIT,
        "REFUSED FOR BREAKING A LIMIT by PowerBot",
    ),
    "a limit that a ticket breaks": (
        with_ticket(State.SENT),
        with_ticket(State.SENT, limit_violations="position \x1b]0;x\x07"),
        AlertKind.LIMIT,
        "limit violations: position ␛]0;x␇",
    ),
    "an unknown order": (
        BEFORE,
        with_events(an_event(replace(ORDER, action="SNAV"))),
        AlertKind.UNKNOWN,
        "MARKED UNKNOWN",
    ),
    "an unknown result": (with_ticket(State.SENT), with_ticket(State.UNKNOWN), AlertKind.UNKNOWN, "UNKNOWN"),
    "an order entered twice": (with_ticket(State.SENT), with_ticket(State.TWICE), AlertKind.UNKNOWN, "TWICE"),
    "market operations at an order": (
        BEFORE,
        with_events(an_event(replace(ORDER, action="AHIB"))),
        AlertKind.MARKET,
        "DEACTIVATED by market operations",
    ),
    "a lost link": (
        BEFORE,
        OFFLINE,
        AlertKind.LINK,
        "LINK LOST: OFFLINE, the last read was 1.0 s ago: GET /orders: no route",
    ),
    "a link that is back": (OFFLINE, BEFORE, AlertKind.LINK, "LINK BACK"),
    "a halted market": (
        BEFORE,
        replace(BEFORE, exchange=exchange(MarketStatus(status="FAILURE", mode="NORMAL"))),
        AlertKind.MARKET,
        "MARKET CLOSED, orders can only be withdrawn: the market is halted (FAILURE)",
    ),
    "an open market": (
        replace(BEFORE, exchange=exchange(MarketStatus(status="OK", mode="SAFE"))),
        BEFORE,
        AlertKind.MARKET,
        "MARKET OPEN",
    ),
    "a warning": (
        BEFORE,
        replace(BEFORE, exchange=exchange(MarketStatus(status="WARNING", messages=("slow",)))),
        AlertKind.MARKET,
        "MARKET WARNING: market WARNING: slow",
    ),
    "a closed area": (
        BEFORE,
        replace(BEFORE, exchange=exchange(replace(OK, inactive_delivery_area_ids=(AMP,)))),
        AlertKind.MARKET,
        "AREA CLOSED, with orders in it: AMP: it is inactive",
    ),
    "an open area": (
        replace(BEFORE, exchange=exchange(replace(OK, inactive_delivery_area_ids=(AMP,)))),
        BEFORE,
        AlertKind.MARKET,
        "AREA OPEN: AMP",
    ),
    "a message": (
        BEFORE,
        replace(
            BEFORE, exchange=exchange(notifications=Reading((Notification(msg_id="1", text="halt", severity="URG"),)))
        ),
        AlertKind.MARKET,
        "MARKET OPERATIONS (URG): halt",
    ),
    "a quota": (
        BEFORE,
        replace(BEFORE, exchange=exchange(replace(OK, order_action_quota=Decimal("0.719")))),
        AlertKind.QUOTA,
        "QUOTA: 71 % of the order actions are used",
    ),
    "an order of others": (
        BEFORE,
        with_orders(an_order("2", user_code="TRD001", user_name="Tess Trader")),
        AlertKind.FOREIGN_ORDER,
        "NEW ORDER by Tess Trader, not entered by this profile: "
        "▲ BUY 5.0 MW at 45.10, 22 Nov 14:00-15:00, AMP, order 2",
    ),
    "orders of others": (
        BEFORE,
        with_orders(an_order("2", user_code="TRD001"), an_order("3", side="SELL", user_code="TRD002")),
        AlertKind.FOREIGN_ORDER,
        "2 NEW ORDERS by TRD001 and TRD002, not entered by this profile: ▲ BUY 5.0 MW, ▼ SELL 5.0 MW; one is ",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_reported_once_with_its_sentence_and_orders(name: str) -> None:
    before, after, kind, words = KINDS[name]
    (alert,) = followed((before, 0.0), (after, 1.0)).alerts
    assert (alert.kind, alert.news.kind, alert.is_new) == (kind, kind, True)
    assert alert.news.text(UTC_ZONE).startswith(words)
    assert bool(alert.orders) is (kind not in (AlertKind.LINK, AlertKind.MARKET, AlertKind.QUOTA) or "order" in name)
    assert followed((before, 0.0), (after, 1.0), (after, 2.0)).alerts == ()
    assert followed((before, 0.0), (before, 1.0)).alerts == ()


@pytest.mark.parametrize("name", KINDS)
def test_the_first_view_has_no_new_alert(name: str) -> None:
    assert not [alert for alert in followed((KINDS[name][1], 0.0)).alerts if alert.is_new]


def found_as_time_passes(view: DeskView, *seconds: float) -> list[Alert]:
    """The alerts while time passes on the clock of the market, and the data is never old."""
    seen, alerts = Seen(), list[Alert]()
    for second in seconds:
        step = follow(seen, view, RULES, NOW + timedelta(seconds=second), 0.0)
        seen, alerts = step.seen, [*alerts, *step.alerts]
    return alerts


def test_a_gate_that_closes_is_reported_once_at_its_minutes_with_its_orders() -> None:
    assert found_as_time_passes(BEFORE, 0, 299) == []
    (alert,) = found_as_time_passes(BEFORE, 0, 299, 301, 400, 0, 301, 900, 1000)  # the clock is set back once
    words = "GATE CLOSES in 10 min, at 22 Nov 12:15:00Z: 1 order in 22 Nov 14:00-15:00, AMP: ▲ BUY 5.0 MW"
    assert (alert.kind, alert.news.text(UTC_ZONE)) == (AlertKind.GATE_CLOSING, words)
    assert alert.orders == (AlertedOrder(ORDER),)
    assert found_as_time_passes(BEFORE, 0, 901) == [], "it has closed meanwhile"


@pytest.mark.parametrize("ahead_s", [720.0, -720.0, 0.0])
def test_a_gate_is_reported_although_the_clock_of_the_exchange_becomes_known_later(ahead_s: float) -> None:
    known = replace(BEFORE, link=replace(BEFORE.link, exchange_clock=ExchangeClock(NOW)))
    step = follow(Seen(), BEFORE, RULES, NOW + timedelta(seconds=ahead_s), 0.0)
    alerts = list[Alert]()
    for second in (2, 299, 301, 400):
        step = follow(step.seen, known, RULES, NOW + timedelta(seconds=second), 0.0)
        alerts += step.alerts
    assert [alert.kind for alert in alerts] == [AlertKind.GATE_CLOSING]


@pytest.mark.parametrize("elsewhere", ["c15", None])
def test_a_gate_without_an_order_or_that_is_not_known_is_not_reported(elsewhere: str | None) -> None:
    view = replace(BEFORE, blotter=Blotter().apply([an_order("1", contract_id=elsewhere)]))
    assert found_as_time_passes(view, 0, 400) == []


def test_own_orders_and_those_read_for_the_first_time_are_not_of_others() -> None:
    own = an_order("2", txt="mine pb#7k3qx2")
    cut = an_order("3")  # an exchange cut its text, but the ticket knows its id
    ticket = replace(
        a_ticket(State.CONFIRMED),
        lines=(replace(a_ticket(State.CONFIRMED).lines[0], verdict=Verdict(State.CONFIRMED, order_ids=("3",))),),
    )
    view = replace(with_orders(own, cut), tickets=(ticket,))
    assert followed((BEFORE, 0.0), (view, 1.0)).alerts == ()
    resolved = replace(BEFORE, blotter=BLOTTER.resolve_departures([an_order("4", state="HIBE")]))
    assert followed((BEFORE, 0.0), (resolved, 1.0)).alerts == ()
    assert followed((replace(BEFORE, own_tokens=None), 0.0), (replace(view, own_tokens=None), 1.0)).alerts == ()


def test_the_price_of_a_fill_is_no_new_alert() -> None:
    fill = an_event(FILLED)
    priced = an_event(FILLED, 2, traded_price=Decimal(44), repeats=1)
    (alert,) = followed((BEFORE, 0.0), (with_events(fill), 1.0), (with_events(fill, priced), 2.0)).alerts
    assert not alert.is_new
    assert "at 44.00" in alert.news.text(UTC_ZONE)


def test_the_quota_is_reported_again_only_after_it_fell() -> None:
    def at(*used: str) -> int:
        views = [replace(BEFORE, exchange=exchange(replace(OK, order_action_quota=Decimal(each)))) for each in used]
        return len(followed(*((view, float(second)) for second, view in enumerate(views))).alerts)

    assert at("0.5", "0.7") == 1
    assert at("0.5", "0.7", "0.68", "0.7") == 0
    assert at("0.5", "0.7", "0.6", "0.7") == 1
    assert at("0.9", "0.95") == 0


def test_what_is_not_known_for_a_while_is_no_news() -> None:
    failed = replace(BEFORE, exchange=exchange(MarketStatus(status="FAILURE")))
    unknown = replace(BEFORE, exchange=exchange(status=MarketStatus(), contracts=Reading()))
    assert followed((failed, 0.0), (failed, 100.0), (replace(failed, exchange=ExchangeView()), 101.0)).alerts == ()
    assert [alert.kind for alert in followed((unknown, 0.0), (BEFORE, 1.0)).alerts] == [AlertKind.MARKET]


# ---------------------------------------------------------------- bursts and ways


def burst(count: int) -> Step:
    events = [an_event(replace(FILLED, order_id=str(number)), number) for number in range(1, count + 1)]
    return followed((BEFORE, 0.0), (with_events(*events), 1.0))


def test_a_burst_is_one_alert_whose_sentence_counts() -> None:
    (alert,) = burst(41).alerts
    assert alert.news.text(UTC_ZONE).startswith("41 orders traded: FILLED ")
    assert (len(alert.orders), len(alert.details)) == (41, 41)


def texts(way: Way, step: Step, **rules: Sequence[Way]) -> list[str]:
    given: dict[str, Any] = rules
    return [news.text(UTC_ZONE) for news in by_way(way, step.alerts, step.results, AlertSettings(**given))]


def test_the_rules_give_the_ways_of_an_alert_and_results_are_shown_in_any_case() -> None:
    step = burst(2)
    assert len(texts(Way.LINE, step)) == len(texts(Way.LOG, step)) == 3
    assert (texts(Way.LINE, step, fill=[Way.LOG]), len(texts(Way.LOG, step, fill=[Way.LOG]))) == ([], 3)
    assert texts(Way.LOG, step, fill=[]) == []
    result = followed((with_ticket(State.SENT), 0.0), (with_ticket(State.REJECTED), 1.0))
    for way in Way.LINE, Way.LOG:
        assert [text[:8] for text in texts(way, result, rejection=[])] == ["REJECTED"]
    others = followed((BEFORE, 0.0), (with_orders(an_order("2")), 1.0))
    assert (texts(Way.LINE, others), len(texts(Way.LOG, others))) == ([], 1)


def test_results_carry_the_kind_of_their_alert() -> None:
    (result,) = followed((with_ticket(State.SENT), 0.0), (with_ticket(State.REJECTED), 1.0)).results
    assert (result.kind, result.weight) == (AlertKind.REJECTION, Weight.GRAVE)
    step = followed((with_ticket(State.SENT, State.SENT), 0.0), (with_ticket(State.REJECTED, State.FILLED), 1.0))
    assert [(alert.kind, alert.is_result) for alert in step.alerts] == [
        (AlertKind.REJECTION, True),
        (AlertKind.FILL, True),
    ]
    assert all(isinstance(each, News) for each in step.results)


# ---------------------------------------------------------------- each once

READS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("234567"), unique=True),
        st.integers(0, 3),
        st.integers(0, 400),
        st.booleans(),
        st.sampled_from(["OK", "FAILURE", "WARNING"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(READS)
def test_over_any_sequence_each_thing_is_reported_once(reads: list[tuple[list[str], int, int, bool, str]]) -> None:
    seen, blotter, events, second = Seen(), BLOTTER, list[OrderNews](), 0
    alerts: list[Alert] = []
    for ids, fills, seconds, is_up, status in reads:
        blotter = blotter.apply([ORDER, *map(an_order, ids)])
        events += [
            an_event(replace(FILLED, order_id=f"f{len(events) + number}"), len(events) + number)
            for number in range(1, fills + 1)
        ]
        second += seconds
        link = Link(2.0, read_s=float(second)) if is_up else OFFLINE.link
        market = ExchangeView(
            status=Reading(replace(OK, status=status), NOW, float(second)), contracts=Reading((CONTRACT,))
        )
        view = replace(BEFORE, blotter=blotter, events=tuple(events[-500:]), link=link, exchange=market)
        for _ in range(2):  # the same view is followed again
            step = follow(seen, view, RULES, NOW + timedelta(seconds=second), float(second))
            alerts += [alert for alert in step.alerts if alert.is_new]
            seen = step.seen
    reported_orders = [
        str(each.order.order_id) for alert in alerts if alert.kind is AlertKind.FOREIGN_ORDER for each in alert.orders
    ]
    later = {order_id for ids, *_ in reads[1:] for order_id in ids} - set(reads[0][0])
    assert sorted(reported_orders) == sorted(later)
    filled = [each.order.order_id for alert in alerts if alert.kind is AlertKind.FILL for each in alert.orders]
    assert filled == [event.order.order_id for event in events[reads[0][1] :]]
    assert len([alert for alert in alerts if alert.kind is AlertKind.GATE_CLOSING]) <= 1
    ups, states = [read[3] for read in reads], [read[4] for read in reads]
    assert len([alert for alert in alerts if alert.kind is AlertKind.LINK]) == changes_in(ups)
    assert len([alert for alert in alerts if alert.kind is AlertKind.MARKET]) == changes_in(states)


def changes_in(values: Sequence[object]) -> int:
    return sum(one != other for one, other in pairwise(values))
