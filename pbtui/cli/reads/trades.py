"""`pbtui trades`: own trades at the exchange and internal trades, with totals by contract."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from pbtui.api.decoding.field_by_field import Readable
from pbtui.api.reads.client import ListRead, ReadsClient, Unavailable
from pbtui.api.reads.pages import read_pages
from pbtui.api.reads.trades import AnyTrade, InternalTrade, Trade, TradeLeg
from pbtui.cli.access import chosen_profile
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import area_option, list_option, not_empty, print_table
from pbtui.cli.reads.output import Read, ask_reads, end_if_refused, past_moment, print_json, read_each, report_gaps
from pbtui.cli.reads.trade_tables import totals_table, trade_table
from pbtui.desk.market.trade_rows import TradeRow
from pbtui.desk.market.trades import executed_at
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.cli.reads.row_filter import RowFilter

TradesRead = ListRead[Trade] | Unavailable
InternalRead = ListRead[InternalTrade] | Unavailable
Value = TypeVar("Value", bound=Readable)


def _valid_filter(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    from pbtui.cli.reads.row_filter import valid_text  # 70 ms that a list without a filter does without
    from pbtui.desk.market.trade_terms import TRADE_FILTER

    return valid_text(text, TRADE_FILTER)


def _local_filter(text: str | None, profile: Profile) -> "RowFilter[TradeRow] | None":
    if text is None:
        return None
    from pbtui.cli.reads.row_filter import RowFilter, known_here  # see above
    from pbtui.desk.market.trade_terms import TRADE_FILTER

    return RowFilter(text, TRADE_FILTER, known_here(text, TRADE_FILTER, profile))


@click.command()
@list_option("--portfolio-id", "Portfolios; default: those of the profile.")
@click.option("--offset", type=click.IntRange(0), help="Number of trades to skip, of each kind.")
@click.option("--limit", type=click.IntRange(1, 500), help="Maximum number of trades of each kind; default: all.")
@list_option("--contract-id", "Contracts.")
@click.option(
    "--ord-id",
    callback=not_empty,
    help="Trades of this order, by the id it had then. An internal trade of an order just sent has no id.",
)
@click.option("--cl-ordr-id", callback=not_empty, help="The client order id.")
@click.option("--user-code", callback=not_empty, help="The exchange user. Leaves internal trades out.")
@click.option(
    "--active-only/--no-active-only",
    default=None,
    help="List only trades that count (the server's default), or recalled and cancelled ones too.",
)
@area_option
@click.option("--txt", callback=not_empty, help="The order's text.")
@click.option("--from-execution-time", metavar="TIME", help="Only trades from this time on, such as 13:00.")
@click.option("--to-execution-time", metavar="TIME", help="Only trades before this time.")
@click.option(
    "--filter",
    "filter_text",
    metavar="FILTER",
    callback=_valid_filter,
    help="Only sides that match, in the language of the desk's filter: 'side:buy area:amp,tng price>50 or mine'.",
)
@click.option("--internal/--no-internal", default=True, show_default=True, help="List internal trades too.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON: trades and internalTrades.")
@click.pass_obj
def trades(
    invocation: Invocation,
    portfolio_id: list[str],
    offset: int | None,
    limit: int | None,
    contract_id: list[str],
    ord_id: str | None,
    cl_ordr_id: str | None,
    user_code: str | None,
    active_only: bool | None,
    delivery_area: str | None,
    txt: str | None,
    from_execution_time: str | None,
    to_execution_time: str | None,
    filter_text: str | None,
    internal: bool,
    as_json: bool,
) -> None:
    """List own trades, with totals and average prices by contract.

    Trades are reported by the exchange, some time after the fill. A time without a date is the last one before now, in
    the market's zone. Without a window or contract the server lists internal trades of the last 48 hours only.
    """
    profile = chosen_profile(invocation)
    zone = ZoneInfo(profile.market_timezone)
    start, end = _window(from_execution_time, to_execution_time, zone)
    chosen = _local_filter(filter_text, profile)
    if as_json and chosen is not None:
        raise click.UsageError("--json prints the answers of the server as they came: it takes no --filter")
    reads_internal = internal and not user_code
    portfolios = portfolio_id or profile.portfolios
    asked_for = _SideFilter(portfolios, ord_id, cl_ordr_id, delivery_area, txt)

    async def read(client: ReadsClient) -> tuple[dict[str, Read], "RowFilter[TradeRow] | None"]:
        found = await read_each(
            {
                "trades": lambda: _pages(partial(of_exchange, client), offset, limit),
                **({"internalTrades": lambda: read_internal(client)} if reads_internal else {}),
            }
        )
        answers = [read.answer for read in found.values() if isinstance(read, ListRead)]
        return found, chosen and await chosen.after(*answers).with_reads(client, profile)

    def of_exchange(client: ReadsClient, offset: int | None, limit: int | None) -> Awaitable[TradesRead]:
        return client.get_trades(
            portfolio_id=portfolios,
            offset=offset,
            limit=limit,
            contract_id=contract_id,
            ord_id=ord_id,
            cl_ordr_id=cl_ordr_id,
            user_code=user_code,
            active_only=active_only,
            delivery_area=delivery_area,
            txt=txt,
            from_execution_time=start,
            to_execution_time=end,
        )

    def of_server(client: ReadsClient, offset: int | None, limit: int | None) -> Awaitable[InternalRead]:
        return client.get_internal_trades(
            portfolio_id=portfolios,
            offset=offset,
            limit=limit,
            contract_id=contract_id,
            delivery_area=delivery_area,
            txt=txt,
            from_execution_time=start,
            to_execution_time=end,
        )

    async def read_internal(client: ReadsClient) -> InternalRead:
        # The server has no filter for orders here.
        return _of_order(await _pages(partial(of_server, client), offset, limit), asked_for)

    found, wanted = ask_reads(profile, read)
    if as_json:
        print_json(found)
    elif any(isinstance(each, ListRead) for each in found.values()):
        _print(_listed(found, wanted, asked_for), zone, asked_for)
    if internal and not reads_internal:
        click.echo("internal trades are left out: the server does not name their exchange users", err=True)
    report_gaps({"internal trades" if name == "internalTrades" else name: each for name, each in found.items()})
    end_if_refused(found)


def _window(first: str | None, last: str | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    start = past_moment(first, "--from-execution-time", zone)
    end = past_moment(last, "--to-execution-time", zone)
    if start and end and start >= end:
        raise click.BadParameter(
            "the end is not after the start; a time without a date is the last one before now",
            param_hint="'--to-execution-time'",
        )
    return start, end


async def _pages(
    read_page: Callable[[int | None, int | None], Awaitable[ListRead[Value] | Unavailable]],
    offset: int | None,
    limit: int | None,
) -> ListRead[Value] | Unavailable:
    """Read the page that is asked for, or all pages if none is."""
    return await (read_pages(read_page) if offset is None and limit is None else read_page(offset, limit))


class _SideFilter(Struct, frozen=True):
    """The filters that one side of a trade must meet: the server lists a trade if either side meets them."""

    portfolios: Sequence[str]
    order_id: str | None
    cl_order_id: str | None
    delivery_area: str | None
    txt: str | None

    def names_order(self, side: TradeLeg) -> bool:
        """Return whether it is a side of the order that is asked for, or none is asked for."""
        return self.order_id in (None, side.order_id) and self.cl_order_id in (None, side.cl_order_id)

    def __call__(self, side: TradeLeg) -> bool:
        return (
            self.names_order(side)
            and (not self.portfolios or side.portfolio_id in (None, *self.portfolios))
            and (self.delivery_area is None or side.delivery_area in (None, self.delivery_area))
            and self.txt in (None, side.txt)
        )


def _of_order(read: InternalRead, asked_for: _SideFilter) -> InternalRead:
    """Return the trades of the order that is asked for, or all if none is."""
    if isinstance(read, Unavailable) or (asked_for.order_id is None and asked_for.cl_order_id is None):
        return read
    of_order = read.elements.where(lambda trade: any(map(asked_for.names_order, trade.legs)))
    return ListRead(read.answer, of_order, read.page)


def newest_first(reads: Iterable[Read]) -> list[AnyTrade]:
    """Return the trades of these reads, the newest first; those without a time last."""
    found = [trade for read in reads if isinstance(read, ListRead) for trade in read.elements.readable]
    return sorted(found, key=executed_at, reverse=True)


def _listed(
    found: Mapping[str, Read], wanted: "RowFilter[TradeRow] | None", asked_for: Callable[[TradeLeg], bool]
) -> list[TradeRow]:
    """Return the rows to print. With a filter, these are only sides that also meet the options, as on the desk."""
    rows = trade_rows(newest_first(found.values()))
    if wanted is None:
        return rows
    holds = wanted.test()
    return [row for row in rows if (row.leg is None or asked_for(row.leg)) and holds(row)]


def trade_rows(found: Iterable[AnyTrade]) -> list[TradeRow]:
    """Return a row for each side that belongs to the key, and one for a trade that names no such side."""
    return [TradeRow("", trade, leg) for trade in found for leg in trade.legs or (None,)]


def _print(rows: Sequence[TradeRow], zone: ZoneInfo, counts: Callable[[TradeLeg], bool]) -> None:
    print_table(trade_table(rows, zone))
    totals = totals_table(rows, zone, counts)
    if len(totals) > 1:
        click.echo("\nTotals of the listed trades, without recalled and cancelled ones:")
        print_table(totals)
