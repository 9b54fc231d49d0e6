"""Orders that a line may be about: those its answer names, those with its token, and every order after them.

An order comes after another if it names that one as parent or first id. Exchanges cut and change texts, so tokens are
compared tolerantly. An order that only looks like a new one (same terms, a text cut before the token) is no candidate,
but it keeps the line from being called not found.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import takewhile

from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry
from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.order_fields import FIELDS, OrderField
from pbtui.desk.formats.order_token import tokens_in
from pbtui.desk.tickets.evidence import Answer, AnyOrder, End, Evidence, Leaves, Read, StoodBefore
from pbtui.desk.tickets.ticket import TicketLine


class OrderIndex:
    """Orders by id, by the ids they name, and by the tokens in their texts."""

    def __init__(self, orders: Iterable[AnyOrder]) -> None:
        self.orders = tuple(orders)
        self._by_id: dict[str, list[AnyOrder]] = defaultdict(list)
        self._after: dict[str, list[AnyOrder]] = defaultdict(list)
        self._by_token: dict[str, list[AnyOrder]] = defaultdict(list)
        self._by_price: dict[Decimal | None, list[Order]] = defaultdict(list)
        self._place: dict[int, int] = {}
        for place, order in enumerate(self.orders):
            self._place[id(order)] = place
            if order.order_id:
                self._by_id[order.order_id].append(order)
            for earlier in earlier_ids(order):
                self._after[earlier].append(order)
            for token in tokens(order):
                self._by_token[token].append(order)
            if isinstance(order, Order):
                self._by_price[order.price].append(order)

    @cached_property
    def names_first_ids(self) -> bool:
        """Return whether every order has a first id."""
        return all(order.initial_order_id for order in self.orders)

    def related(self, line: TicketLine, ids: Iterable[str]) -> tuple[AnyOrder, ...]:
        """The orders that carry the line's token, that have one of these ids, and all that come after those.

        They are in the order in which they were given, so that a verdict does not depend on that of a set.
        """
        with_token = self._with_token(line)
        return self._chain([*ids, *(order.order_id for order in with_token if order.order_id)], with_token)

    def own_ids(self, line: TicketLine, ids: Iterable[str]) -> frozenset[str]:
        """The ids of the line's order alone: its chain from these ids on; without them, that of its token.

        Empty if orders of more than one chain carry the token: at most one of them is the line's.
        """
        known = frozenset(ids)
        if not known:
            chains = {chain_of(order) for order in self._with_token(line)}
            known = frozenset(chain for chain in chains if chain) if len(chains) == 1 else known
        return known | {order.order_id for order in self._chain(known) if order.order_id}

    def _chain(self, ids: Iterable[str], first: Iterable[AnyOrder] = ()) -> tuple[AnyOrder, ...]:
        """The orders with these ids, and all that come after those, beside the `first`."""
        found = {id(order): order for order in first}
        waiting = [*ids]
        asked: set[str] = set()
        while waiting:
            order_id = waiting.pop()
            if order_id in asked:
                continue
            asked.add(order_id)
            for order in (*self._by_id.get(order_id, ()), *self._after.get(order_id, ())):
                found[id(order)] = order
                if order.order_id:
                    waiting.append(order.order_id)
        return tuple(sorted(found.values(), key=lambda order: self._place[id(order)]))

    def look_alikes(self, line: TicketLine) -> tuple[AnyOrder, ...]:
        """The orders without a token that look like a new one."""
        if not isinstance(line.request, OrderEntry):
            return ()
        entry = line.request
        alike = (*self._by_price.get(entry.price, ()), *self._by_price.get(None, ()))
        return tuple(order for order in alike if may_be(order, entry))

    def _with_token(self, line: TicketLine) -> Sequence[AnyOrder]:
        return self._by_token.get(line.key.upper(), ()) if isinstance(line.request, OrderEntry) else ()


def first_ids(line: TicketLine, evidence: Iterable[Evidence]) -> frozenset[str]:
    """The ids to start from: the one the request names, the first one of its chain, and those of the answer.

    Where only the id of an order was known, answers and reads show the first one of its chain.
    """
    known = [item for item in evidence if isinstance(item, Answer | Read)]
    ids = {order.order_id for item in known if isinstance(item, Answer) for order in item.orders}
    if not isinstance(line.request, OrderEntry):
        own = line.request.order_id
        ids |= {own, line.base.initial_order_id if line.base else None}
        ids |= {order.initial_order_id for item in known for order in item.orders if order.order_id == own}
    return frozenset(order_id for order_id in ids if order_id)


def ids_before(line: TicketLine, evidence: Sequence[Evidence]) -> frozenset[str]:
    """The ids of orders that were there before the request left: what it did shows in none of them.

    A read counts if it was answered by then: a server can show in a late answer what the request has done meanwhile. Of
    a change these are the orders that stood beside the one it names. Without that one, they may have come after it.
    What the answer names or has the line's token is the line's, whenever it came.
    """
    own = None if isinstance(line.request, OrderEntry) else line.request.order_id
    left_s = next((item.at_s for item in evidence if isinstance(item, Leaves | End)), float("inf"))
    answered = takewhile(lambda item: not isinstance(item, Leaves | End), evidence)
    seen: set[str | None] = set()
    for recorded in (item for item in evidence if isinstance(item, StoodBefore)):
        seen |= recorded.order_ids
    for read in (item for item in answered if isinstance(item, Read) and item.requested_s < left_s):
        if own is None or any(order.order_id == own and order.is_live for order in read.orders):
            seen |= {order.order_id for order in read.orders if not _has_token(order, line)}
    named = {order.order_id for item in evidence if isinstance(item, Answer) for order in item.orders}
    return frozenset(order_id for order_id in seen - named if order_id and order_id != own)


def _has_token(order: AnyOrder, line: TicketLine) -> bool:
    return isinstance(line.request, OrderEntry) and line.key.upper() in tokens(order)


# ---------------------------------------------------------------- the answer


def attributed(lines: Sequence[TicketLine], orders: Iterable[AnyOrder]) -> list[tuple[AnyOrder, ...]]:
    """The orders of an answer by line. An answer also has counter-orders of internal trades, which belong to none."""
    left = list(orders)
    index = OrderIndex(left)
    found = [_without_others(line, lines, index.related(line, first_ids(line, ()))) for line in lines]
    taken = {id(order) for group in found for order in group}
    left = [order for order in left if id(order) not in taken]
    for line, group in zip(lines, found, strict=True):
        if not group and isinstance(line.request, OrderEntry):
            match = next((order for order in left if looks_like(order, line.request)), None)
            if match is None and len(lines) == len(left) == 1 and not taken:
                match = left[0]
            if match is not None:
                left.remove(match)
                group.append(match)
    return [tuple(group) for group in found]


def _without_others(line: TicketLine, lines: Sequence[TicketLine], orders: Iterable[AnyOrder]) -> list[AnyOrder]:
    """The orders without those that another line's request names, or that name it as parent: chains can share an id."""
    named = {other.request.order_id for other in lines if not isinstance(other.request, OrderEntry)}
    own = None if isinstance(line.request, OrderEntry) else line.request.order_id
    owners = (
        (order, next((name for name in (order.order_id, parent_of(order)) if name in named), own)) for order in orders
    )
    return [order for order, owner in owners if owner == own]


# ---------------------------------------------------------------- texts and terms


def tokens(order: AnyOrder) -> frozenset[str]:
    """The tokens in the text of an order, in upper case. What can't be read is searched as it was received."""
    return tokens_in(_text_of(order) if isinstance(order, Order) else order.raw)


_TERMS = ("side", "price", "portfolio_id", "delivery_area", "contract_id", "contract_name", "dlvry_start")


def looks_like(order: AnyOrder, entry: OrderEntry) -> bool:
    """Return whether an order without a token has the terms of a new one, and the beginning of its text or none."""
    return may_be(order, entry) and isinstance(order, Order) and not order.unreadable


def may_be(order: AnyOrder, entry: OrderEntry) -> bool:
    """Return whether an order without a token looks like a new one in all of its fields that could be read."""
    if not isinstance(order, Order) or tokens(order):
        return False
    open_mw = order.open_quantity_mw
    same = all(_is_same(getattr(entry, name), FIELDS[name], order) for name in _TERMS)
    return same and (open_mw is None or open_mw <= entry.quantity) and is_cut_of(order.txt or "", entry.txt or "")


def _is_same(wanted: object, field: OrderField, order: Order) -> bool:
    return wanted is None or wanted == field.shown(order) or bool(field.why_unreadable(order))


def _text_of(order: Order) -> str | None:
    received = (field.value for field in order.unreadable if field.name == "txt")
    return order.txt if order.txt is not None else next(received, None)


def is_cut_of(shown: str, wanted: str) -> bool:
    """Return whether a text is another one, or its beginning, in whatever case: as exchanges cut and change texts."""
    return safe_text(wanted).casefold().startswith(shown.strip().casefold())


def name_of(order: AnyOrder) -> str:
    """The id of an order, or what else it is known by."""
    return order.order_id or order.key


def chain_of(order: AnyOrder) -> str | None:
    """Return the id that names the chain of an order: its first id, else its own."""
    return order.initial_order_id or order.order_id


def parent_of(order: AnyOrder) -> str | None:
    """The id before the last change, where it is known."""
    return order.parent_order_id if isinstance(order, Order) else None


def earlier_ids(order: AnyOrder) -> frozenset[str]:
    """The ids that an order names as its own of before: the one before the last change, and its first one."""
    return frozenset(name for name in (parent_of(order), order.initial_order_id) if name and name != order.order_id)
