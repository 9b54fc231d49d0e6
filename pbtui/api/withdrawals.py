"""Bodies of the requests that only take orders out of the market.

They name orders and an action, so there is nothing to validate, and a kill that sends them need not import pydantic
first. On the wire they are an OrderModify, an OrderModifyItem and an UpdateStatus.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from pbtui.api.codes import ModifyAction, StatusAction
from pbtui.api.sanitize import wire_id


class Withdrawal(Struct, frozen=True):
    """A change that deactivates or deletes an order. `action` is DEAC or DELE."""

    action: ModifyAction

    def wire(self) -> dict[str, Any]:
        """Return the fields with their JSON keys."""
        return {"action": self.action}


class WithdrawalItem(Struct, frozen=True):
    """One order in a list of withdrawals."""

    order_id: str
    changes: Withdrawal

    def wire(self) -> dict[str, Any]:
        """Return the fields with their JSON keys, and the id as it travels."""
        return {"order_id": wire_id(self.order_id), "changes": self.changes.wire()}


class AccountWithdrawal(Struct, frozen=True):
    """A withdrawal of every order at the exchange, in all portfolios and tenants. `order_mod_type` is DEAC or DELE.

    An empty `prod_name` stands for all products.
    """

    order_mod_type: StatusAction
    incl_pre_arranged: bool
    prod_name: Sequence[str] = ()

    def wire(self) -> dict[str, Any]:
        """Return the fields with their JSON keys."""
        products = {"prodName": list(self.prod_name)} if self.prod_name else {}
        return {"orderModType": self.order_mod_type, "inclPreArranged": self.incl_pre_arranged, **products}
