"""The reads of the account: limits and counts of portfolios and tenants, algorithms, and downtimes."""

from collections.abc import Sequence
from datetime import datetime

from pbtui.api.decoding.field_by_field import FieldReader
from pbtui.api.reads.algorithms import AlgoDetails
from pbtui.api.reads.calls import Calls, ListRead, Unavailable, ValueRead, time_text
from pbtui.api.reads.limits import PortfolioStatus, RiskManagementSettings
from pbtui.api.reads.market import ExchangeDowntime
from pbtui.api.transport.url_parts import Repeated, path_segment

_status, _settings = FieldReader(PortfolioStatus), FieldReader(RiskManagementSettings)
_algorithms, _downtimes = FieldReader(AlgoDetails), FieldReader(ExchangeDowntime)


class AccountCalls(Calls):
    """The reads of one account."""

    async def get_portfolio_status(self, portfolio_id: str) -> ValueRead[PortfolioStatus] | Unavailable:
        """GET /portfolio/{id}/status: use of the order counts that limit the portfolio or its tenant."""
        portfolio = path_segment("GET /portfolio/{id}/status", portfolio_id)
        return await self._value(f"/portfolio/{portfolio}/status", _status)

    async def get_portfolio_risk_management_settings(
        self, portfolio_id: str
    ) -> ValueRead[RiskManagementSettings] | Unavailable:
        """GET /portfolio/{id}/risk-management: the limits of a portfolio."""
        portfolio = path_segment("GET /portfolio/{id}/risk-management", portfolio_id)
        return await self._value(f"/portfolio/{portfolio}/risk-management", _settings)

    async def get_tenant_risk_management(self, tenant_id: str) -> ValueRead[RiskManagementSettings] | Unavailable:
        """GET /tenant/{id}/risk-management: the limits of a tenant."""
        tenant = path_segment("GET /tenant/{id}/risk-management", tenant_id)
        return await self._value(f"/tenant/{tenant}/risk-management", _settings)

    async def get_algorithms(self) -> ListRead[AlgoDetails] | Unavailable:
        """GET /algorithms: the algorithms with an instance that trades in a portfolio of the key."""
        return await self._list("/algorithms", {}, _algorithms)

    async def get_downtimes(
        self,
        *,
        exchange: Sequence[str] = (),
        from_: datetime | None = None,
        to: datetime | None = None,
        active_at: datetime | None = None,
    ) -> ListRead[ExchangeDowntime] | Unavailable:
        """GET /v2/api/downtimes (API 2.35.3): scheduled downtimes of these exchanges, or of all.

        They end after `from_` and begin before `to`, or contain `active_at`.
        """
        query = {
            "exchange": Repeated(exchange),
            "from": time_text(from_),
            "to": time_text(to),
            "active_at": time_text(active_at),
        }
        return await self._list("/v2/api/downtimes", query, _downtimes)


def gap_of(found: ListRead[AlgoDetails]) -> str:
    """Return the reason why the answer may not show every instance; empty if it does.

    An algorithm whose instances are missing or can't be read may run.
    """
    elements = found.elements
    odd = len(elements.unreadable) + sum(each.instances is None for each in elements.readable)
    return found.gap or (f"{odd} of {elements.received} can't be read" if odd else "")
