"""Codes of the API: states, sides, types and restrictions of orders, and the actions on them."""

from enum import StrEnum


class OrderState(StrEnum):
    """State of an order."""

    ACTI = "ACTI"
    """Exposed to the market."""
    HIBE = "HIBE"
    """Stored at the exchange, not exposed to the market."""
    IACT = "IACT"
    """Deleted or fully executed."""
    UNKW = "UNKW"
    """Unknown to the exchange's own system; must be treated as live."""


class OrderSide(StrEnum):
    """Buy or sell."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """Kind of order."""

    O = "O"  # noqa: E741 - the API's own code
    """Limit order."""
    B = "B"
    """User-defined block."""
    I = "I"  # noqa: E741 - the API's own code
    """Iceberg: shows `displayQty` of its quantity at a time."""


class ModifyAction(StrEnum):
    """Action of a modification on an order."""

    ACTI = "ACTI"
    DEAC = "DEAC"
    MODI = "MODI"
    DELE = "DELE"

    @property
    def withdraws(self) -> bool:
        """Return whether the action takes the order out of the market."""
        return self in (ModifyAction.DEAC, ModifyAction.DELE)


class StatusAction(StrEnum):
    """Action of an account-wide status change on all orders of the exchange."""

    ACTI = "ACTI"
    DEAC = "DEAC"
    DELE = "DELE"

    @property
    def verb(self) -> str:
        """Return the action as pbtui names it."""
        return {"ACTI": "activate", "DEAC": "deactivate", "DELE": "delete"}[self]


class EntryState(StrEnum):
    """State in which a new order starts."""

    ACTI = "ACTI"
    HIBE = "HIBE"


class ExecutionRestriction(StrEnum):
    """Restriction on how much of an order may trade at once."""

    NON = "NON"
    """No restriction."""
    FOK = "FOK"
    """The whole quantity at once, or the order is cancelled."""
    IOC = "IOC"
    """Trade what is possible at once; the rest is cancelled."""
    AON = "AON"
    """The whole quantity or nothing; the order rests in the book (user-defined contracts)."""
    AU = "AU"
    """Entry during an auction phase."""


class ValidityRestriction(StrEnum):
    """Validity of an order in time."""

    GFS = "GFS"
    """Until the trading session of the contract ends."""
    GTD = "GTD"
    """Until `validityDate`."""
    NON = "NON"
    """No restriction: mandatory with FOK and IOC."""


class ExecutionInstruction(StrEnum):
    """Rule that binds the orders of one list together."""

    NONE = "NONE"
    """Orders are independent of each other."""
    VALID = "VALID"
    """All orders are refused if one fails the exchange's validation."""
    LNKD = "LNKD"
    """All orders trade or none; all must be FOK and of the same product."""


class ClearingAccountType(StrEnum):
    """Label of the clearing account (M7)."""

    P = "P"
    A = "A"
