"""Trades that a desk reads are evidence about its tickets and events: the price of a fill, and a recall of it."""

from decimal import Decimal

from pbtui.api.codes import ExecutionRestriction
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.desk.tickets.evidence import TradesRead
from pbtui.desk.tickets.state import State
from tests.desk.kill.armed import owner_at
from tests.desk.tickets.test_executor import an_add, an_entry, trader
from tests.desk.tickets.test_reconciliation import sell_to, untouched
from tests.exchange import RunningExchange


def written(exchange: RunningExchange, *kinds: Kind) -> list[JournalEntry]:
    (path,) = journal_files(owner_at(exchange.base_url))
    return [entry for entry in read_journal(path).entries if entry.kind in kinds]


async def test_the_verdict_names_the_price_of_the_trades_and_a_recall_undoes_the_fill(
    exchange: RunningExchange,
) -> None:
    async with trader(exchange, reads_market=True) as desk:
        maker = sell_to(exchange, untouched(exchange))
        book = {"contract_id": maker.contract_id, "delivery_area": maker.delivery_area}
        terms = {"price": Decimal(9000), "quantity": Decimal(2), "ordr_exe_restriction": ExecutionRestriction.IOC}
        token = (await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange, **book, **terms))))).token
        await desk.until(lambda view: "or better" not in view.tickets[0].lines[0].reason)
        (line,) = desk.desk.find_ticket(token).lines
        assert line.state is State.FILLED
        fills = line.evidence[-1]
        assert isinstance(fills, TradesRead)
        assert sum(fill.quantity_mw or 0 for fill in fills.fills.each) == 2
        trade_id = fills.fills.each[-1].trade_id
        exchange.set_trade(trade_id, "RGRA")
        await desk.until(lambda view: view.tickets[0].lines[0].state is State.DIFFERENT)
        (line,) = desk.desk.find_ticket(token).lines
        assert f"trade {trade_id} was recalled" in line.reason
        assert (line.verdict.traded_mw or 0) < 2
    results = [r["state"] for e in written(exchange, Kind.OUTCOME, Kind.RECONCILIATION) for r in e.facts["results"]]
    assert results[-2:] == ["FILLED", "DIFFERENT"], "the price is in the journal, and so is the recall"
    (recall,) = written(exchange, Kind.RECALL)
    assert [trade["trade_id"] for trade in recall.facts["trades"]] == [trade_id]


async def test_the_fill_of_a_resting_order_gets_its_price_in_view_and_journal(exchange: RunningExchange) -> None:
    async with trader(exchange, reads_market=True, poll_seconds=1) as desk:
        order = untouched(exchange)
        exchange.fill(order.order_id, 0.1)
        await desk.until(lambda view: any(event.traded_price is not None for event in view.events))
        priced = desk.desk.view.events[-1]
        assert (priced.order.order_id, priced.traded_mw) == (order.order_id, Decimal("0.1"))
        assert float(priced.traded_price or 0) == exchange.trades(ordId=order.order_id)[0]["price"]
    events = [event for entry in written(exchange, Kind.ORDER_EVENT) for event in entry.facts["events"]]
    assert events[-1]["traded_price"] == priced.traded_price
