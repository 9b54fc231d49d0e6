"""The kill switch of a profile: its action, its scope, its guard and the phone numbers for an emergency."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from pbtui.settings.decode import Id, Text, area_codes, check_fields

ALL = "all"
"""In place of bounds on the command line: none, where the settings have some."""


class KillAction(StrEnum):
    """The effect of a kill on the orders in scope."""

    DEACTIVATE_MINE = "deactivate-mine"
    """Deactivate the orders of the profile's portfolios. They can be activated again."""
    DELETE_MINE = "delete-mine"
    """Delete the orders of the profile's portfolios permanently."""
    DEACTIVATE_ALL = "deactivate-all"
    """Deactivate every order at the exchange, also of other portfolios and tenants. They can be activated again."""
    DELETE_ALL = "delete-all"
    """Delete every order at the exchange permanently, also of other portfolios and tenants."""

    @property
    def is_account_wide(self) -> bool:
        """Return whether the action includes the orders of others."""
        return self in _ACCOUNT_WIDE

    @property
    def deletes(self) -> bool:
        """Return whether the action is permanent."""
        return self in _DELETING


_ACCOUNT_WIDE = (KillAction.DEACTIVATE_ALL, KillAction.DELETE_ALL)
_DELETING = (KillAction.DELETE_MINE, KillAction.DELETE_ALL)
"""Looked up once: Python 3.11 takes longer to name a member of an enumeration than to compare it."""


class KillGuard(StrEnum):
    """The step of the trader between the kill key and the first request."""

    CONFIRM = "confirm"
    """Presses one more key."""
    GRACE = "grace"
    """Nothing: the kill starts after two seconds, and escape cancels it."""
    TYPED = "typed"
    """Types a word."""


class KillSettings(Struct, frozen=True, kw_only=True):
    """The table `[profiles.NAME.kill]`. Raises ValueError for invalid values.

    The default is the narrowest action. `delivery_areas` restrict the actions on own orders, `products` the
    account-wide ones, as the API calls allow. `phones` are shown when the state of the orders is unknown.
    """

    action: Annotated[
        KillAction, Meta(description="deactivate-mine, delete-mine, deactivate-all or delete-all, in quotes")
    ] = KillAction.DEACTIVATE_MINE
    guard: Annotated[KillGuard, Meta(description="confirm, grace or typed, in quotes")] = KillGuard.CONFIRM
    delivery_areas: Annotated[
        tuple[Id, ...], Meta(description='a list of areas, such as ["AMP", "10YFR-RTE------C"]'), area_codes
    ] = ()
    products: Annotated[tuple[Text, ...], Meta(description='a list of products, such as ["XBID_Hour_Power"]')] = ()
    phones: Annotated[
        tuple[Text, ...], Meta(description='a list of texts, such as ["PowerBot support +43 1 234567"]')
    ] = ()

    def __post_init__(self) -> None:
        check_fields(self)
