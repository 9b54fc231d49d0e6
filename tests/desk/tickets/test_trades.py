"""Trades that a desk reads are evidence about its tickets: the price of a fill, and a recall of it."""

import asyncio
from decimal import Decimal

from pydantic import SecretStr

from pbtui.api.client import OrdersClient
from pbtui.api.clock import steady_s
from pbtui.api.models import ExecutionRestriction
from pbtui.api.reads.client import ListRead
from pbtui.api.reads.trades import InternalTrade, Trade
from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Kind, journal_files
from pbtui.desk.tickets.evidence import TradesRead
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import TicketLine
from tests.desk.kill.armed import owner_at
from tests.desk.tickets.test_executor import TradingDesk, an_add, an_entry, trader
from tests.desk.tickets.test_reconciliation import sell_to, untouched
from tests.exchange import RunningExchange

REPORTED_WITHIN_S = 1.0


async def learn_trades(exchange: RunningExchange, desk: TradingDesk, token: str) -> TicketLine:
    """Let the desk learn the trades as the server shows them now; return the only line of the ticket."""
    async with OrdersClient(exchange.base_url, SecretStr(exchange.keys["trader"])) as client:
        reads, requested_s = client.reads, steady_s()
        found: list[Trade | InternalTrade] = []
        for read in (await reads.get_trades(active_only=False, limit=500), await reads.get_internal_trades()):
            assert isinstance(read, ListRead)
            found += read.elements.readable
    desk.desk._executor.learn_trades(found, requested_s)
    (line,) = desk.desk.find_ticket(token).lines
    return line


async def test_the_verdict_names_the_price_of_the_trades_and_a_recall_undoes_the_fill(
    exchange: RunningExchange,
) -> None:
    async with trader(exchange) as desk:
        maker = sell_to(exchange, untouched(exchange))
        book = {"contract_id": maker.contract_id, "delivery_area": maker.delivery_area}
        terms = {"price": Decimal(9000), "quantity": Decimal(2), "ordr_exe_restriction": ExecutionRestriction.IOC}
        ticket = await desk.reconcile(await desk.desk.submit(an_add(an_entry(exchange, **book, **terms))))
        assert ticket.lines[0].reason == "2.0 MW traded at 9000.00 or better"
        await asyncio.sleep(REPORTED_WITHIN_S)
        line = await learn_trades(exchange, desk, ticket.token)
        assert line.state is State.FILLED
        assert "or better" not in line.reason
        fills = line.evidence[-1]
        assert isinstance(fills, TradesRead)
        assert sum(fill.quantity_mw or 0 for fill in fills.fills.each) == 2
        trade_id = fills.fills.each[-1].trade_id
        exchange.set_trade(trade_id, "RGRA")
        line = await learn_trades(exchange, desk, ticket.token)
        assert line.state is State.DIFFERENT
        assert f"trade {trade_id} was recalled" in line.reason
        assert (line.verdict.traded_mw or 0) < 2
    (path,) = journal_files(owner_at(exchange.base_url))
    written = [entry for entry in read_journal(path).entries if entry.kind in (Kind.OUTCOME, Kind.RECONCILIATION)]
    states = [result["state"] for entry in written for result in entry.facts["results"]]
    assert states[-2:] == ["FILLED", "DIFFERENT"], "the price is in the journal, and so is the recall"
