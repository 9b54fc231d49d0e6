"""The kill switch of a profile: what it does, what guards it, and who is called when it can't do it."""

from dataclasses import dataclass
from enum import StrEnum

from pbtui.settings.values import hold_checked, ids, one_of, setting, texts


class KillAction(StrEnum):
    """What a kill does to the orders, by reach and by how final it is."""

    DEACTIVATE_MINE = "deactivate-mine"
    """The orders of the profile's portfolios; they can be activated again."""
    DELETE_MINE = "delete-mine"
    """The orders of the profile's portfolios, for good."""
    DEACTIVATE_ALL = "deactivate-all"
    """Every order at the exchange, other portfolios and tenants included; they can be activated again."""
    DELETE_ALL = "delete-all"
    """Every order at the exchange, other portfolios and tenants included, for good."""

    @property
    def is_account_wide(self) -> bool:
        """Whether it reaches the orders of others."""
        return self in (KillAction.DEACTIVATE_ALL, KillAction.DELETE_ALL)

    @property
    def deletes(self) -> bool:
        """Whether it is final."""
        return self in (KillAction.DELETE_MINE, KillAction.DELETE_ALL)


class KillGuard(StrEnum):
    """What stands between the kill key and the first request."""

    CONFIRM = "confirm"
    """One further key."""
    GRACE = "grace"
    """Two seconds in which escape stops it."""
    TYPED = "typed"
    """A typed word."""


@dataclass(frozen=True, kw_only=True)
class KillSettings:
    """The table `[profiles.NAME.kill]`. Raises ValueError for values that can't be.

    Without it the kill is the narrowest there is. `delivery_areas` narrow the actions on own orders, `products` those
    on everything: each is what its call can be narrowed by. `phones` are shown when nobody knows what became of the
    orders.
    """

    action: KillAction = setting(
        "deactivate-mine, delete-mine, deactivate-all or delete-all, in quotes",
        one_of(KillAction),
        default=KillAction.DEACTIVATE_MINE,
    )
    guard: KillGuard = setting("confirm, grace or typed, in quotes", one_of(KillGuard), default=KillGuard.CONFIRM)
    delivery_areas: tuple[str, ...] = setting('a list of area codes, such as ["10YDE-RWENET---I"]', ids, default=())
    products: tuple[str, ...] = setting('a list of products, such as ["XBID_Hour_Power"]', texts, default=())
    phones: tuple[str, ...] = setting('a list of texts, such as ["PowerBot support +43 1 234567"]', texts, default=())

    def __post_init__(self) -> None:
        hold_checked(self)
