"""Positions of portfolios in a contract, under the vendor's names.

Every field may be missing and is then None, because releases differ. `unreadable` has the fields whose value could not
be read; they are None too. Quantities are in MW, cash figures in `currency`.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from pbtui.api.decoding.field_by_field import Nested
from pbtui.api.reads.limits import PortfolioLimits, TenantLimits
from pbtui.api.values import Id, Number, Text, UnreadableField, reply


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioInformation:
    """Position of one portfolio in the delivery period of one contract.

    `net_pos` is bought less sold, `abs_pos` bought plus sold, both without orders. `max_net_pos_buy_with_orders` adds
    the open buy orders to `net_pos`, `min_net_pos_sell_with_orders` subtracts the open sell orders. The two exposures
    count everything that overlaps the period, in its worst quarter-hour. Cash figures are those of the contract's local
    day, over all exchanges.
    """

    portfolio_id: Id | None = None
    currency: Text | None = None
    net_cash_pos: Number | None = None
    trades_spending: Number | None = None
    trades_earnings: Number | None = None
    orders_spending: Number | None = None
    orders_earnings: Number | None = None
    net_pos: Number | None = None
    net_pos_aggregate: Number | None = None
    max_net_pos_exposure: Number | None = None
    min_net_pos_exposure: Number | None = None
    max_net_pos_buy_with_orders: Number | None = None
    min_net_pos_sell_with_orders: Number | None = None
    abs_pos: Number | None = None
    sell_abs_pos: Number | None = None
    buy_abs_pos: Number | None = None
    order_action_quota: Number | None = None
    otr: Number | None = None
    unreadable: tuple[UnreadableField, ...] = ()

    @property
    def open_buy_mw(self) -> Decimal | None:
        """MW of the open buy orders; None if a figure is missing, or they contradict each other."""
        with_orders, net = self.max_net_pos_buy_with_orders, self.net_pos
        return None if with_orders is None or net is None or with_orders < net else with_orders - net

    @property
    def open_sell_mw(self) -> Decimal | None:
        """MW of the open sell orders; None if a figure is missing, or they contradict each other."""
        with_orders, net = self.min_net_pos_sell_with_orders, self.net_pos
        return None if with_orders is None or net is None or with_orders > net else net - with_orders


Positions = Annotated[tuple[PortfolioInformation, ...] | None, BeforeValidator(Nested(PortfolioInformation))]
"""Positions of portfolios in one contract, in the answer of another read."""


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettingsAndPortfolioInformation:
    """Positions in one contract, with the limits of the portfolios and the tenant."""

    portfolio_information: Positions = None
    portfolio_risk_settings: PortfolioLimits = None
    tenant_risk_settings: TenantLimits = None
    unreadable: tuple[UnreadableField, ...] = ()
