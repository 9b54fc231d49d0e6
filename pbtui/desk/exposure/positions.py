"""Positions of the portfolios in the contracts of one delivery area, as the server's order books state them."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from pbtui.api.reads.depth import Contract, OrderBooks
from pbtui.api.reads.limits import PositionLimit
from pbtui.api.reads.positions import PortfolioInformation


class Position(Struct, frozen=True):
    """The figures of one portfolio in one contract, as the server states them. What it leaves out is not known."""

    contract_id: str
    contract_name: str
    delivery_start: datetime | None
    delivery_end: datetime | None
    figures: PortfolioInformation

    @property
    def portfolio_id(self) -> str:
        """The portfolio; empty if it could not be read."""
        return self.figures.portfolio_id or ""

    @property
    def delivery(self) -> tuple[datetime, datetime] | None:
        """Start and end of the delivery; None if one is not known, or they are no period."""
        start, end = self.delivery_start, self.delivery_end
        return None if start is None or end is None or end <= start else (start, end)


class AreaPositions(Struct, frozen=True):
    """All positions in one delivery area at one moment, and the limits of the portfolios there."""

    positions: tuple[Position, ...] = ()
    limits: Mapping[str, PositionLimit] = {}

    @property
    def portfolios(self) -> tuple[str, ...]:
        """The portfolios in the sequence of the server."""
        return tuple(dict.fromkeys(each.portfolio_id for each in self.positions if each.portfolio_id))

    @property
    def is_empty(self) -> bool:
        """Return whether it is known that no portfolio has a position or an order."""
        return all(is_empty(each.figures) for each in self.positions)


def is_empty(figures: PortfolioInformation) -> bool:
    """Return whether there is no position and no order, and every figure is known."""
    known = (figures.net_pos, figures.abs_pos, figures.open_buy_mw, figures.open_sell_mw)
    return all(figure == 0 for figure in known)


def positions_of(
    books: OrderBooks, delivery_area: str, exchange: str, limits_before: Mapping[str, PositionLimit]
) -> AreaPositions | None:
    """Return the positions in an answer; None if it lists no contracts. Limits that it leaves out are those before."""
    if books.contracts is None:
        return None
    limits = limits_before
    if books.portfolio_risk_settings is not None:
        settings = {each.id or "": each for each in books.portfolio_risk_settings}
        found = {id_: each.position_limit(exchange, delivery_area) for id_, each in settings.items()}
        limits = {id_: limit for id_, limit in found.items() if limit is not None}
    positions = (_position(contract, figures) for contract, figures in figures_in(books))
    return AreaPositions(tuple(positions), limits)


def figures_in(books: OrderBooks) -> Iterator[tuple[Contract, PortfolioInformation]]:
    """Yield the figures of each portfolio in each contract.

    If a contract lacks a portfolio that the answer names elsewhere, its figures there are not known: they are not 0.
    """
    contracts = books.contracts or ()
    stated = (figures for contract in contracts for figures in contract.portfolio_information or ())
    portfolios = dict.fromkeys(each.portfolio_id for each in stated if each.portfolio_id)
    for contract in contracts:
        known = {each.portfolio_id for each in contract.portfolio_information or ()}
        yield from ((contract, figures) for figures in contract.portfolio_information or ())
        yield from ((contract, PortfolioInformation(portfolio_id=each)) for each in portfolios if each not in known)


def _position(contract: Contract, figures: PortfolioInformation) -> Position:
    return Position(
        contract.contract_id or "",
        contract.name or "",
        contract.delivery_start,
        contract.delivery_end,
        figures,
    )
