"""Positions for tests that need some without an exchange."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pbtui.api.reads.positions import PortfolioInformation
from pbtui.desk.exposure.positions import AreaPositions, Position


def figures(net: Any = 0, buying: Any = 0, selling: Any = 0, **more: Any) -> PortfolioInformation:
    """The figures of portfolio P1 without the server's sums; any other field can be given."""
    known = None if net is None else Decimal(str(net))
    with_orders = {
        "max_net_pos_buy_with_orders": None if known is None else known + Decimal(str(buying)),
        "min_net_pos_sell_with_orders": None if known is None else known - Decimal(str(selling)),
    }
    return PortfolioInformation(**{"portfolio_id": "P1", "net_pos": known, "abs_pos": known, **with_orders, **more})


def a_position(
    start: datetime | None, minutes: int, of: PortfolioInformation, contract_id: str | None = None
) -> Position:
    """A position in a contract of that length."""
    end = None if start is None else start + timedelta(minutes=minutes)
    return Position(contract_id or f"{minutes} {start:%H:%M}", "", start, end, of)


def figures_in(area: AreaPositions | None, portfolio_id: str, contract_id: str) -> PortfolioInformation | None:
    """The figures of a portfolio in a contract; None if there are none."""
    found = (each for each in (() if area is None else area.positions) if each.contract_id == contract_id)
    return next((each.figures for each in found if each.portfolio_id == portfolio_id), None)


def sums(net: float, highest: float, lowest: float) -> dict[str, Any]:
    """The server's sums over all that covers the delivery."""
    names = ("net_pos_aggregate", "max_net_pos_exposure", "min_net_pos_exposure")
    return {name: Decimal(str(value)) for name, value in zip(names, (net, highest, lowest), strict=True)}
