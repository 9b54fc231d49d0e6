"""`pbtui positions`: net position by contract, portfolio and delivery area, with the orders on it and the limits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import click

from pbtui.api.errors import OrdersApiError
from pbtui.api.reads.client import ReadsClient, Unavailable, ValueRead
from pbtui.api.reads.depth import Contract, OrderBooks
from pbtui.api.reads.limits import PositionLimit
from pbtui.api.reads.positions import PortfolioInformation
from pbtui.cli.access import chosen_profile, wire_json
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import area_option, list_option, print_table
from pbtui.cli.reads.output import Read, ask_reads, end_if_refused, next_moment, report_gaps
from pbtui.desk.exposure.positions import figures_in, is_empty
from pbtui.desk.formats.areas import area_name
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.time_format import delivery_text
from pbtui.desk.formats.vocabulary import UNREADABLE
from pbtui.settings.profiles import Profile

HEADINGS = ["DELIVERY", "AREA", "PORTFOLIO", "NET MW", "BUYING", "SELLING", "LOWEST", "HIGHEST", "LIMITS", "CONTRACT"]


@click.command()
@list_option("--portfolio-id", "Portfolios; default: those of the profile.")
@list_option("--contract-id", "Contracts.")
@list_option("--products", "Products, such as XBID_Hour_Power.")
@area_option
@click.option("--delivery-from", metavar="TIME", help="First start of delivery, such as 14:00.")
@click.option("--delivery-to", metavar="TIME", help="Last end of delivery.")
@click.option(
    "--active-only/--no-active-only",
    default=None,
    help="List only open contracts (the server's default) or all.",
)
@click.option("--all", "shows_all", is_flag=True, help="List contracts without position and orders too.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON: the order books of each area.")
@click.pass_obj
def positions(
    invocation: Invocation,
    portfolio_id: list[str],
    contract_id: list[str],
    products: list[str],
    delivery_area: str | None,
    delivery_from: str | None,
    delivery_to: str | None,
    active_only: bool | None,
    shows_all: bool,
    as_json: bool,
) -> None:
    """Show the net position of each contract, portfolio and area.

    BUYING and SELLING are the MW on order. LOWEST and HIGHEST are the position if all orders of one side trade. A time
    without a date is the next one, in the market's zone. Without an option, the areas are those of the profile, or all.
    """
    profile = chosen_profile(invocation)
    zone = ZoneInfo(profile.market_timezone)
    start, end = next_moment(delivery_from, "--delivery-from", zone), next_moment(delivery_to, "--delivery-to", zone)

    async def read(client: ReadsClient) -> dict[str, Read]:
        areas = [delivery_area] if delivery_area else await _areas(client, profile)

        def of_area(area: str | None) -> Callable[[], Awaitable[Read]]:
            return lambda: client.get_order_books(
                portfolio_id=portfolio_id or profile.portfolios,
                contract_id=contract_id,
                products=products,
                delivery_area=area,
                delivery_from=start,
                delivery_to=end,
                active_only=active_only,
                with_portfolio_information=True,
                with_risk_settings=True,
            )

        return await _read_at_once({area or "default": of_area(area) for area in areas})

    found = ask_reads(profile, read)
    books: list[ValueRead[OrderBooks]] = [each for each in found.values() if isinstance(each, ValueRead)]
    if as_json:
        click.echo(wire_json(b'{"orderbooks":[%s]}' % b",".join(each.answer.body for each in books)))
    elif books:
        values = [each.value for each in books]
        print_table(position_table(values, profile.exchange, zone, shows_all=shows_all))
    for area, each in found.items():
        if isinstance(each, ValueRead) and each.value.contracts is None:
            click.echo(f"positions in {area_name(area)} are not known: the answer lists no contracts", err=True)
    report_gaps({f"order books of {area_name(area)}": each for area, each in found.items()})
    end_if_refused(found)


async def _areas(client: ReadsClient, profile: Profile) -> Sequence[str | None]:
    """Return the areas of the profile, or those of the server; None is the server's default."""
    if profile.delivery_areas:
        return profile.delivery_areas
    status = await client.get_status()
    return (isinstance(status, ValueRead) and status.value.available_delivery_area_ids) or [None]


async def _read_at_once(calls: dict[str, Callable[[], Awaitable[Read]]]) -> dict[str, Read]:
    """Make several reads side by side, as many as the connection takes. Raises OrdersApiError if none has a result."""

    async def attempt(call: Callable[[], Awaitable[Read]]) -> Read:
        try:
            return await call()
        except OrdersApiError as error:
            return error

    found = await asyncio.gather(*map(attempt, calls.values()))
    first = found[0]
    if isinstance(first, OrdersApiError) and not any(isinstance(each, ValueRead | Unavailable) for each in found):
        raise first
    return dict(zip(calls, found, strict=True))


def position_table(
    books: Iterable[OrderBooks], exchange: str, zone: ZoneInfo, *, shows_all: bool = False
) -> list[list[str]]:
    """Return the table of positions, headings first, the earliest delivery first."""
    rows = [row for each in books for row in _rows(each) if shows_all or not is_empty(row[1])]
    rows.sort(key=lambda row: (row[0].delivery_start is None, row[0].delivery_start or 0))
    return [HEADINGS, *(_line(*row, exchange, zone) for row in rows)]


_Row = tuple[Contract, PortfolioInformation, OrderBooks]


def _rows(books: OrderBooks) -> Iterator[_Row]:
    for contract, figures in figures_in(books):
        yield contract, figures, books


def _line(
    contract: Contract, figures: PortfolioInformation, books: OrderBooks, exchange: str, zone: ZoneInfo
) -> list[str]:
    unreadable = {field.name for field in figures.unreadable}

    def mw(figure: Decimal | None, *names: str) -> str:
        return UNREADABLE if unreadable.intersection(names) else quantity_text(figure)

    return [
        delivery_text(contract.delivery_start, contract.delivery_end, zone),
        area_name(books.delivery_area or ""),
        figures.portfolio_id or "",
        mw(figures.net_pos, "net_pos"),
        mw(figures.open_buy_mw, "net_pos", "max_net_pos_buy_with_orders"),
        mw(figures.open_sell_mw, "net_pos", "min_net_pos_sell_with_orders"),
        mw(figures.min_net_pos_sell_with_orders, "min_net_pos_sell_with_orders"),
        mw(figures.max_net_pos_buy_with_orders, "max_net_pos_buy_with_orders"),
        _limits_text(_limit(books, figures.portfolio_id, exchange)),
        contract.contract_id or contract.name or "",
    ]


def _limit(books: OrderBooks, portfolio_id: str | None, exchange: str) -> PositionLimit | None:
    settings = (each for each in books.portfolio_risk_settings or () if each.id == portfolio_id)
    limits = (each.position_limit(exchange, books.delivery_area) for each in settings)
    return next((limit for limit in limits if limit is not None), None)


def _limits_text(limit: PositionLimit | None) -> str:
    if limit is None or (not limit.unreadable and limit.min_netpos_limit is None and limit.max_netpos_limit is None):
        return ""
    return f"{_end_text(limit, 'min_netpos_limit')} to {_end_text(limit, 'max_netpos_limit')}"


def _end_text(limit: PositionLimit, name: str) -> str:
    if name in (field.name for field in limit.unreadable):
        return UNREADABLE
    end_mw = getattr(limit, name)
    return "no limit" if end_mw is None else quantity_text(end_mw)
