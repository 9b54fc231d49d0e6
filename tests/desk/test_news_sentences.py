"""News about tickets: the result, the change, the order by its figures, the id last; one sentence for a batch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api.codes import ModifyAction, OrderSide
from pbtui.api.models import Order
from pbtui.api.reads.market import Notification
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import UTC_ZONE
from pbtui.desk.news_sentences import news, notification_news
from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, change_line, entry_line
from tests.orders import an_order

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
ORDER = an_order("6100003841", price=Decimal("45.10"), quantity=Decimal(5), delivery_area="10YDE-RWENET---I")
FIGURES = "▲ BUY 5.0 MW at 45.10, 22 Nov 15:00-16:00, AMP"
ENTRY = OrderEntry(portfolio_id="P1", side=OrderSide.BUY, quantity=Decimal(5), price=Decimal(45), contract_id="12")
CONFIRMED = Verdict(State.CONFIRMED, is_done=True)
REJECTED = Verdict(State.REJECTED, "not allowed now")


def a_change(order: Order = ORDER) -> TicketLine:
    return change_line(order, OrderModify(action=ModifyAction.MODI, price=Decimal(46)))


def a_withdrawal(order_id: str) -> TicketLine:
    return change_line(an_order(order_id), OrderModify(action=ModifyAction.DEAC))


def a_ticket(*lines: TicketLine, action: Action = Action.MODIFY) -> Ticket:
    return Ticket("7K3QX2", action, lines, NOW)


def judged(lines: Sequence[TicketLine], *verdicts: Verdict) -> list[TicketLine]:
    return [replace(line, verdict=verdict) for line, verdict in zip(lines, verdicts, strict=True)]


def of_line(before: Verdict, after: Verdict, line: TicketLine) -> list[News]:
    (earlier,), (later,) = judged([line], before), judged([line], after)
    return list(news([a_ticket(earlier)], [a_ticket(later)]))


def test_news_begin_with_the_result_and_end_with_the_id() -> None:
    (piece,) = of_line(Verdict(State.SENT), CONFIRMED, a_change())
    assert piece.text(BERLIN) == f"CONFIRMED price 45.10 → 46.00: {FIGURES}, order 6100003841"
    assert piece.weight is Weight.FINE


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (REJECTED, f"REJECTED price 45.10 → 46.00: {FIGURES}: not allowed now, order 6100003841"),
        (
            Verdict(State.UNKNOWN, "no answer"),
            f"UNKNOWN price 45.10 → 46.00: {FIGURES}: no answer; reading the order to find out, order 6100003841",
        ),
    ],
)
def test_news_of_a_problem_name_the_reason(verdict: Verdict, text: str) -> None:
    (piece,) = of_line(Verdict(State.SENT), verdict, a_change())
    assert (piece.text(BERLIN), piece.weight) == (text, Weight.GRAVE)


def test_a_later_read_that_changes_a_result_is_grave_news() -> None:
    (piece,) = of_line(Verdict(State.NOT_FOUND), CONFIRMED, a_change())
    words = f"CONFIRMED price 45.10 → 46.00: {FIGURES}: was NOT FOUND, a later read shows CONFIRMED"
    assert piece.text(BERLIN).startswith(words)
    assert piece.weight is Weight.GRAVE


def test_an_order_of_which_only_the_id_is_known_is_named_by_it() -> None:
    (piece,) = of_line(Verdict(State.SENT), REJECTED, replace(a_withdrawal("41"), base=None))
    assert piece.text(BERLIN) == "REJECTED deactivate: not allowed now, order 41"


@pytest.mark.parametrize(("ids", "named"), [(("7",), "order 7"), (("7", "8"), "orders 7, 8")])
def test_news_of_a_new_order_name_every_order_that_it_may_be(ids: tuple[str, ...], named: str) -> None:
    verdict = Verdict(State.TWICE, "too many", order_ids=ids)
    (piece,) = of_line(Verdict(State.SENT), verdict, entry_line(ENTRY, "7K3QX2"))
    assert piece.text(BERLIN) == f"TWICE new ▲ BUY 5.0 MW at 45.00, contract 12: too many, {named}"


def test_a_batch_is_one_sentence_with_counts_and_its_first_problem() -> None:
    lines = [a_withdrawal(str(number)) for number in range(42)]
    before = a_ticket(*lines, action=Action.DEACTIVATE)
    after = a_ticket(*judged(lines, REJECTED, *[CONFIRMED] * 41), action=Action.DEACTIVATE)
    (piece,) = news([before], [after])
    assert piece.text(BERLIN).startswith("41 deactivated, 1 REJECTED: ▲ BUY 5.0 MW at")
    assert piece.text(BERLIN).endswith(": not allowed now, order 0; the rest under Tickets")
    assert (piece.weight, piece.about) == (Weight.GRAVE, "7K3QX2")


def test_a_batch_that_is_not_ended_says_how_much_is_open() -> None:
    lines = [a_change(an_order(str(number))) for number in range(3)]
    (piece,) = news([a_ticket(*lines)], [a_ticket(*judged(lines, CONFIRMED, *[Verdict(State.SENT)] * 2))])
    assert (piece.text(BERLIN), piece.weight) == ("1 changed, 2 still open", Weight.FINE)


def test_results_of_a_batch_that_a_later_read_changed_are_one_more_sentence() -> None:
    lines = [a_withdrawal(str(number)) for number in range(3)]
    before = a_ticket(*judged(lines, *[Verdict(State.NOT_FOUND)] * 3), action=Action.DEACTIVATE)
    late, whole = news([before], [a_ticket(*judged(lines, *[CONFIRMED] * 3), action=Action.DEACTIVATE)])
    assert late.text(BERLIN).startswith("3 results of ticket 7K3QX2 are other than before: CONFIRMED deactivate: ▲ BUY")
    assert whole.text(BERLIN) == "3 deactivated"


def test_news_are_shown_in_any_zone() -> None:
    reason = Verdict(State.DIFFERENT, "valid until 2026-11-22 12:31:00 UTC, wanted 2026-11-22 12:30:00 UTC")
    (piece,) = of_line(Verdict(State.SENT), reason, a_change())
    assert "22 Nov 15:00-16:00, AMP" in piece.text(BERLIN)
    assert "valid until 2026-11-22 13:31:00 CET, wanted 2026-11-22 13:30:00 CET" in piece.text(BERLIN)
    assert "22 Nov 14:00-15:00, AMP" in piece.text(UTC_ZONE)
    assert reason.reason in piece.text(UTC_ZONE)


def test_what_did_not_change_is_no_news() -> None:
    ticket = a_ticket(*judged([a_change()], CONFIRMED))
    assert list(news([ticket], [replace(ticket)])) == []


def test_internal_trades_are_counted() -> None:
    before, (one, three) = a_ticket(a_change()), (a_ticket(a_change()) for _ in range(2))
    texts = [
        next(news([before], [replace(each, internal_trades=count)])).text(BERLIN)
        for each, count in ((one, 1), (three, 3))
    ]
    assert [text.split(":")[0] for text in texts] == ["1 internal trade", "3 internal trades"]


@pytest.mark.parametrize("field", [{"internal_trades": 1}, {"limit_violations": "POSITION_LIMIT"}])
def test_what_each_request_of_a_ticket_reports_is_news_and_takes_the_place_of_the_earlier(
    field: dict[str, Any],
) -> None:
    ticket = a_ticket(a_change())
    first, second = (replace(ticket, **{name: value * times for name, value in field.items()}) for times in (1, 2))
    (before,), (after,) = news([ticket], [first]), news([first], [second])
    assert before.about == after.about != ""
    assert before.text(BERLIN) != after.text(BERLIN)
    assert list(news([second], [replace(second)])) == []


def test_a_message_of_market_operations_is_one_line_with_its_severity_and_time() -> None:
    message = Notification(msg_id="1", severity="URG", text="MARKET_HALT\n\x1b[2Jat 13:00", api_timestamp=NOW)
    (piece,) = notification_news([message])
    assert piece.text(BERLIN) == "MARKET OPERATIONS (URG): MARKET_HALT ␛[2Jat 13:00"
    assert (piece.weight, piece.at) == (Weight.GRAVE, NOW)
    (piece,) = notification_news([Notification()])
    assert piece.text(BERLIN) == "MARKET OPERATIONS: a message without text"
    assert piece.weight is Weight.NOTABLE


def test_the_price_that_trades_name_later_takes_the_place_of_the_limit() -> None:
    limit, price = (
        Verdict(State.FILLED, f"5.0 MW traded at {at}", is_done=True) for at in ("46.00 or better", "45.90")
    )
    (first,) = of_line(Verdict(State.SENT), limit, a_change())
    (later,) = of_line(limit, price, a_change())
    assert first.about == later.about
    assert later.weight is Weight.NOTABLE
    assert "5.0 MW traded at 45.90, order" in later.text(BERLIN)
    lines = [a_change(ORDER), a_change(an_order("7"))]
    before = a_ticket(*judged(lines, limit, limit))
    (batch,) = news([before], [a_ticket(*judged(lines, price, limit))])
    assert batch.text(BERLIN) == "2 FILLED", "no result is other than before"


def test_a_recall_changes_the_result_loudly() -> None:
    filled = Verdict(State.FILLED, "5.0 MW traded at 45.90", is_done=True)
    (piece,) = of_line(filled, Verdict(State.DIFFERENT, "2.0 MW of it no longer count"), a_change())
    assert piece.weight is Weight.GRAVE
    assert "was FILLED, a later read shows DIFFERENT: 2.0 MW of it no longer count" in piece.text(BERLIN)
