"""Orders the account has at start, and the bots and colleagues who change them.

`churn` is the fraction of the seeded orders that changes per second: fills, price changes, entries and deletions. With
churn 0 only callers trade. Orders entered through the API are never changed here, but other participants may trade
with them.

When a caller removes the last live order of a portfolio, the bots enter no new orders there until a caller does: they
respect a kill. A bot that does not is the fault `return_after_kill`.
"""

import contextlib
import random
from collections.abc import Set
from datetime import timedelta
from decimal import Decimal

import msgspec

from pbtui.api.codes import OrderSide, OrderType, ValidityRestriction
from pbtui.simulator.book.contracts import AREAS, Contract
from pbtui.simulator.book.market import Market
from pbtui.simulator.book.own_order import OrderTerms, OwnOrder
from pbtui.simulator.book.rules import terms_as_they_stand
from pbtui.simulator.life.crowd import Crowd
from pbtui.simulator.rejections import OrderRefused
from pbtui.simulator.rights import TRADER, ExchangeUser

_SAFE_FROM_CLOSE = timedelta(hours=1)
"""Seeded orders use contracts that stay open at least that long, so none expires in a short session."""

_PORTFOLIO_CYCLE = ("DE1", "DE2", "HYDRO", "DE1", "FLEX", "DE2", "SOLAR", "ARCH")
_GERMAN, _ABROAD = AREAS[:4], AREAS[4:]
_AREAS_OF = {"DE1": _GERMAN, "DE2": _GERMAN, "ARCH": _GERMAN, "FLEX": AREAS, "HYDRO": _ABROAD, "SOLAR": _ABROAD}


class _Author(msgspec.Struct, frozen=True):
    """A user who enters orders, and the texts on his orders."""

    user: ExchangeUser
    strategy_id: str | None = None
    txt: str | None = None


_DESK = (
    _Author(TRADER.user),
    _Author(TRADER.user, None, "manual"),
    _Author(ExchangeUser("ALG001", "Spread algo"), "spread-7", "spread-7 leg A"),
    _Author(ExchangeUser("ALG001", "Spread algo"), "spread-7", "spread-7 leg B"),
    _Author(ExchangeUser("ALG002", "Battery algo"), "battery-2", "soc 62 %"),
)
_ALPS = (
    _Author(ExchangeUser("HYD001", "Hanna Hydro"), None, "reservoir"),
    _Author(ExchangeUser("ALG900", "Alpine algo"), "alpine-1", "alpine-1"),
)
_AUTHORS_OF = {"HYDRO": _ALPS, "SOLAR": _ALPS}


class AccountLife:
    """Enters the seeded orders and changes some of them with every tick."""

    def __init__(self, market: Market, crowd: Crowd, *, seed: int, orders: int) -> None:
        self._market = market
        self._crowd = crowd
        self._random = random.Random(f"account {seed}")  # noqa: S311 - a simulator draws no secrets
        self._target = orders
        self._orders: list[OwnOrder] = []
        self._contracts: list[Contract] = []
        self._contracts_of: dict[str, Contract] = {}
        self._stood_down: set[str] = set()
        self._due = 0.0
        self._entered = 0

    def seed(self) -> None:
        """Enter the first orders: `orders` active ones, and a few hibernated ones in addition."""
        while len(self._orders) < self._target:
            self._enter_one()
        for _ in range(max(3, self._target // 12) if self._target else 0):
            author, terms = self._next_order()
            self._market.enter(terms, author.user, hibernated=True)

    def tick(self, changed_fraction: float) -> None:
        """Change that fraction of the seeded orders; a fraction of one order is carried over to the next tick."""
        self._due += self._target * changed_fraction
        while self._due >= 1:
            self._due -= 1
            self._change_one()

    def pause(self, portfolio_ids: Set[str]) -> None:
        """Stop entering new orders in these portfolios."""
        self._stood_down |= portfolio_ids

    def resume(self, portfolio_ids: Set[str]) -> None:
        """Enter new orders in these portfolios again."""
        self._stood_down -= portfolio_ids

    def _change_one(self) -> None:
        lot = self._random.random()
        if lot < 0.15 or (lot < 0.3 and len(self._orders) < self._target):
            self._enter_one()
            return
        order = self._pick()
        if order is None:
            return
        if lot < 0.3:
            self._market.delete(order, order.user)
        elif lot < 0.65:
            self._move(order)
        else:
            self._let_crowd_take(order)

    def _let_crowd_take(self, picked: OwnOrder) -> None:
        """Let other participants trade with the first own order in the queue of the picked one."""
        queue = self._market.book(picked.terms).queue(picked.side)
        first = next((order for order in queue if isinstance(order, OwnOrder)), None)
        if first is not None:
            whole = self._random.random() < 0.3
            part_mw = first.quantity_mw if whole else Decimal(self._random.randint(1, 20)).scaleb(-1)
            self._crowd.take_up_to(first, min(part_mw, first.quantity_mw))

    # ------------------------------------------------------------ single orders

    def _enter_one(self) -> None:
        author, terms = self._next_order()
        if terms.portfolio_id in self._stood_down:
            return
        with contextlib.suppress(OrderRefused):  # prices have moved, it would trade with an own order
            order = self._market.enter(terms, author.user, internal_trading=False).order
            if order.is_live:
                self._orders.append(order)

    def _move(self, order: OwnOrder) -> None:
        terms = terms_as_they_stand(order)
        price = self._price(terms.contract, terms.delivery_area, terms.side)
        if price == terms.price or order.terms.pre_arranged:
            return
        with contextlib.suppress(OrderRefused):  # the order keeps its price rather than trade with an own order
            moved = self._market.replace(
                order, msgspec.structs.replace(terms, price=price), order.user, internal_trading=False
            )
            self._orders.append(moved.order)

    def _pick(self) -> OwnOrder | None:
        """Return a seeded order that is live and still has its first id."""
        while self._orders:
            index = self._random.randrange(len(self._orders))
            if self._orders[index].is_live:
                return self._orders[index]
            self._orders[index] = self._orders[-1]
            self._orders.pop()
        return None

    def _next_order(self) -> tuple[_Author, OrderTerms]:
        """Return the next order: portfolio and kind by fixed rotation; contract, price and quantity random."""
        number = self._entered
        self._entered += 1
        portfolio_id = _PORTFOLIO_CYCLE[number % len(_PORTFOLIO_CYCLE)]
        author = self._random.choice(_AUTHORS_OF.get(portfolio_id, _DESK))
        contract = self._random.choice(self._open_contracts())
        area = self._random.choice(_AREAS_OF[portfolio_id]).eic
        side = self._random.choice((OrderSide.BUY, OrderSide.SELL))
        terms = OrderTerms(
            portfolio_id=portfolio_id,
            contract=contract,
            delivery_area=area,
            side=side,
            price=self._price(contract, area, side),
            quantity_mw=Decimal(self._random.randint(1, 150)).scaleb(-1),
            valid_until=contract.closes_at,
            txt=author.txt,
            strategy_id=author.strategy_id,
        )
        return author, self._with_kind(terms, number)

    def _with_kind(self, terms: OrderTerms, number: int) -> OrderTerms:
        """Make every ninth order an iceberg, end every eleventh before its contract, make the fourth pre-arranged."""
        if number == 3:
            return msgspec.structs.replace(terms, pre_arranged=True, pre_arranged_acct="OTHER-PARTY")
        if number % 9 == 4:
            slides = self._random.random() < 0.5
            delta = Decimal("-0.05") if terms.side is OrderSide.BUY else Decimal("0.05")
            return msgspec.structs.replace(
                terms,
                type=OrderType.I,
                quantity_mw=terms.quantity_mw + 20,
                display_mw=Decimal("5.0"),
                peak_price_delta=delta if slides else None,
            )
        if number % 11 == 6:
            ends_at = terms.contract.closes_at - timedelta(minutes=20)
            return msgspec.structs.replace(terms, validity=ValidityRestriction.GTD, valid_until=ends_at)
        return terms

    def _price(self, contract: Contract, area: str, side: OrderSide) -> Decimal:
        return self._crowd.price_near((contract.contract_id, area), side, self._random.randint(20, 1500))

    def _open_contracts(self) -> list[Contract]:
        if self._contracts_of is not self._market.calendar.listed:
            self._contracts_of = self._market.calendar.listed
            safe_at = self._market.now + _SAFE_FROM_CLOSE
            self._contracts = [contract for contract in self._contracts_of.values() if contract.closes_at > safe_at]
        return self._contracts
