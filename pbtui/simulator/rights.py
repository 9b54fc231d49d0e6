"""Who may do what: portfolios, exchange users, and the keys that are made afresh at every start."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pbtui.simulator.refusals import CallRefused

ACCOUNT_ID = "PBTUI-PRACTICE"
POSITION_LIMIT_MW = Decimal(500)
"""Largest position, long or short, a portfolio may reach in one contract and area, its open orders included."""


@dataclass(frozen=True)
class Portfolio:
    """A book of orders and positions; `portfolio_id` has at most five characters. Read-only: may only shrink."""

    portfolio_id: str
    name: str
    tenant: str
    read_only: bool = False


@dataclass(frozen=True)
class ExchangeUser:
    """Who the exchange says has entered or changed an order."""

    code: str
    name: str


PORTFOLIOS = {
    portfolio.portfolio_id: portfolio
    for portfolio in (
        Portfolio("DE1", "Germany spot", "DESK"),
        Portfolio("DE2", "Germany quarter-hours", "DESK"),
        Portfolio("FLEX", "Battery", "DESK"),
        Portfolio("ARCH", "Closed book", "DESK", read_only=True),
        Portfolio("HYDRO", "Alpine storage", "ALPS"),
        Portfolio("SOLAR", "Alpine roofs", "ALPS"),
    )
}


@dataclass(frozen=True)
class ApiKey:
    """A key's owner and reach; the secret itself is known to the key ring alone."""

    name: str
    user: ExchangeUser
    portfolio_ids: frozenset[str]
    can_trade: bool

    @property
    def sees_everything(self) -> bool:
        """Whether every portfolio of the exchange account is within reach."""
        return self.portfolio_ids == PORTFOLIOS.keys()

    @property
    def portfolios(self) -> list[Portfolio]:
        """The portfolios within reach, in the account's order."""
        return [portfolio for portfolio in PORTFOLIOS.values() if portfolio.portfolio_id in self.portfolio_ids]

    def require_trading(self) -> None:
        """Refuse (403) a key that may only read: it may not even deactivate."""
        if not self.can_trade:
            raise CallRefused(403, f"the key {self.name!r} may read orders but not enter, change or delete them")

    def require_portfolios(self, portfolio_ids: Iterable[str]) -> None:
        """Refuse (403) a call that names a portfolio out of the key's reach."""
        out_of_reach = sorted(set(portfolio_ids) - self.portfolio_ids)
        if out_of_reach:
            raise CallRefused(403, f"the key {self.name!r} has no access to portfolio {', '.join(out_of_reach)}")


TRADER = ApiKey("trader", ExchangeUser("TRD001", "Tess Trader"), frozenset({"DE1", "DE2", "FLEX"}), can_trade=True)
ADMIN = ApiKey("admin", ExchangeUser("ADM001", "Ada Admin"), frozenset(PORTFOLIOS), can_trade=True)
READER = ApiKey("reader", ExchangeUser("RDR001", "Rea Reader"), frozenset({"DE1", "DE2"}), can_trade=False)


class KeyRing:
    """The secrets of one run of the simulator."""

    def __init__(self) -> None:
        self._owner_by_secret = {secrets.token_urlsafe(24): owner for owner in (TRADER, ADMIN, READER)}

    @property
    def secrets(self) -> dict[str, str]:
        """Owner's name to secret, for the line the simulator prints when it starts."""
        return {owner.name: secret for secret, owner in self._owner_by_secret.items()}

    def owner(self, secret: str | None) -> ApiKey:
        """Whose key that is; a missing or wrong one is refused (401)."""
        if not secret:
            raise CallRefused(401, "the api_key header is missing")
        owner = self._owner_by_secret.get(secret)
        if owner is None:
            raise CallRefused(401, "the api key is not known here")
        return owner

    def name_of(self, secret: str | None) -> str | None:
        """The name of the key's owner, None where the key is missing or unknown."""
        owner = self._owner_by_secret.get(secret or "")
        return owner.name if owner else None
