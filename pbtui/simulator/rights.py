"""Access rights: portfolios, exchange users, and the API keys that each start creates."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from pbtui.simulator.rejections import CallRefused

ACCOUNT_ID = "PBTUI-PRACTICE"


@dataclass(frozen=True)
class Portfolio:
    """A group of orders and positions.

    `portfolio_id` has at most five characters. In a read-only portfolio, orders can only be reduced or removed.
    """

    portfolio_id: str
    name: str
    tenant: str
    read_only: bool = False


@dataclass(frozen=True)
class ExchangeUser:
    """The user the exchange names as the one who entered or changed an order."""

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
    """The owner and the rights of a key. Only `KeyRing` holds the secret itself."""

    name: str
    user: ExchangeUser
    portfolio_ids: frozenset[str]
    can_trade: bool

    @property
    def sees_everything(self) -> bool:
        """Return whether the key reaches every portfolio of the account."""
        return self.portfolio_ids == PORTFOLIOS.keys()

    @property
    def portfolios(self) -> list[Portfolio]:
        """The portfolios the key reaches, in the account's order."""
        return [portfolio for portfolio in PORTFOLIOS.values() if portfolio.portfolio_id in self.portfolio_ids]

    def require_trading(self) -> None:
        """Raise CallRefused (403) if the key is read-only. A read-only key cannot deactivate orders either."""
        if not self.can_trade:
            raise CallRefused(403, f"the key {self.name!r} may read orders but not enter, change or delete them")

    def require_portfolios(self, portfolio_ids: Iterable[str]) -> None:
        """Raise CallRefused (403) if the call names a portfolio out of the key's reach."""
        out_of_reach = sorted(set(portfolio_ids) - self.portfolio_ids)
        if out_of_reach:
            raise CallRefused(403, f"the key {self.name!r} has no access to portfolio {', '.join(out_of_reach)}")


TRADER = ApiKey("trader", ExchangeUser("TRD001", "Tess Trader"), frozenset({"DE1", "DE2", "FLEX"}), can_trade=True)
ADMIN = ApiKey("admin", ExchangeUser("ADM001", "Ada Admin"), frozenset(PORTFOLIOS), can_trade=True)
READER = ApiKey("reader", ExchangeUser("RDR001", "Rea Reader"), frozenset({"DE1", "DE2"}), can_trade=False)


class KeyRing:
    """The secrets of one simulator run."""

    def __init__(self) -> None:
        self._owner_by_secret = {secrets.token_urlsafe(24): owner for owner in (TRADER, ADMIN, READER)}

    @property
    def secrets(self) -> dict[str, str]:
        """Secret by owner's name, for the line the simulator prints at start."""
        return {owner.name: secret for secret, owner in self._owner_by_secret.items()}

    def owner(self, secret: str | None) -> ApiKey:
        """Return the owner of the key. Raises CallRefused (401) if the key is missing or unknown."""
        if not secret:
            raise CallRefused(401, "the api_key header is missing")
        owner = self._owner_by_secret.get(secret)
        if owner is None:
            raise CallRefused(401, "the api key is not known")
        return owner

    def name_of(self, secret: str | None) -> str | None:
        """Return the name of the key's owner, or None if the key is missing or unknown."""
        owner = self._owner_by_secret.get(secret or "")
        return owner.name if owner else None
