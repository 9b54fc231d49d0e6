"""Positions and limits out of the server's order books."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from pbtui.api.reads.depth import Contract, OrderBooks
from pbtui.api.reads.limits import PositionLimit, RiskManagementSettings
from pbtui.desk.exposure.positions import positions_of
from pbtui.desk.exposure.quarters import QUARTER, quarters_of
from tests.desk.exposure.positions_by_hand import figures, figures_in

AMP, FR = "10YDE-RWENET---I", "10YFR-RTE------C"


def limit(area: str, highest: int, exchange: str = "epex") -> PositionLimit:
    """A limit in an area."""
    return PositionLimit(exchange=exchange, delivery_area=area, max_netpos_limit=Decimal(highest))


def test_each_contract_has_the_figures_of_each_portfolio() -> None:
    of_both = (figures(1), figures(2, portfolio_id="P2"))
    books = OrderBooks(
        contracts=(Contract(contract_id="c1", portfolio_information=of_both), Contract(contract_id="c2"))
    )
    area = positions_of(books, AMP, "epex", {})
    assert area is not None
    assert figures_in(area, "P2", "c1") == of_both[1]
    assert figures_in(area, "P3", "c1") is figures_in(area, "P1", "c3") is None
    assert (area.portfolios, area.is_empty) == (("P1", "P2"), False)
    nothing = positions_of(OrderBooks(contracts=(Contract(portfolio_information=(figures(),)),)), AMP, "epex", {})
    assert nothing is not None
    assert nothing.is_empty


@pytest.mark.parametrize(
    "stated",
    [None, (), (figures(1, portfolio_id="P2"),), (figures(1, portfolio_id=None),)],
    ids=["null", "none", "other", "odd"],
)
def test_a_portfolio_that_a_contract_leaves_out_has_no_position_of_zero_there(stated: Any) -> None:
    start = datetime(2026, 11, 22, 13, tzinfo=UTC)
    hour = Contract(delivery_start=start, delivery_end=start + 4 * QUARTER, portfolio_information=(figures(5),))
    quarter = Contract(delivery_start=start, delivery_end=start + QUARTER, portfolio_information=stated)
    area = positions_of(OrderBooks(contracts=(hour, quarter)), AMP, "epex", {})
    first, second = quarters_of(area, "P1", start, 2)
    assert (first.net_mw, first.buy_mw, first.sell_mw) == (None, None, None)
    assert (second.net_mw, second.buy_mw, second.sell_mw) == (Decimal(5), Decimal(0), Decimal(0))


def test_an_answer_without_contracts_is_not_an_empty_one() -> None:
    assert positions_of(OrderBooks(), AMP, "epex", {}) is None
    assert positions_of(OrderBooks(contracts=()), AMP, "epex", {}) is not None


def test_limits_are_those_of_the_area_and_stay_until_they_are_read_again() -> None:
    before = {"P1": limit(AMP, 5)}
    found = positions_of(OrderBooks(contracts=()), AMP, "epex", before)
    assert found is not None
    assert found.limits == before
    settings = (
        RiskManagementSettings(id="P1", position_limits=(limit(FR, 1), limit(AMP, 2, "nordpool"), limit(AMP, 3))),
        RiskManagementSettings(id="P2"),
    )
    found = positions_of(OrderBooks(contracts=(), portfolio_risk_settings=settings), AMP, "epex", before)
    assert found is not None
    assert found.limits == {"P1": limit(AMP, 3)}
