"""Name, rights and portfolios of an API key, under the vendor's names.

Every field may be missing and is then None, because releases differ. Unknown words of an enumeration are kept as text.
`unreadable` has the fields whose value could not be read; they are None too.
"""

from dataclasses import dataclass

from pbtui.api.values import Flag, Id, Text, UnreadableField, reply


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A portfolio that the key reaches."""

    id: Id | None = None
    name: Text | None = None
    type: Text | None = None
    tenant_id: Id | None = None
    tenant_name: Text | None = None


@reply()
@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyDetails:
    """Name and rights of the key."""

    name: Text | None = None
    description: Text | None = None
    type: Text | None = None
    tenant_id: Id | None = None
    tenant_name: Text | None = None
    inherit_tenant_portfolios: Flag | None = None
    can_read: Flag | None = None
    can_trade: Flag | None = None
    can_signal: Flag | None = None
    portfolios: tuple[Portfolio, ...] | None = None
    unreadable: tuple[UnreadableField, ...] = ()
