"""The staged steps of one desk: by order, kept up to date while the orders change, until they are sent or discarded."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.requests import OrderModify
from pbtui.desk.blotter.own_orders import Row, Tab
from pbtui.ui.table.staged import Staged, followed
from pbtui.ui.table.step_reads import StepReads


class StagedSteps:
    """Holds the steps by the keys of their orders. Nothing here sends them.

    `show` is called when the steps have changed, `report` with words for the trader.
    """

    def __init__(
        self,
        reads: StepReads,
        show: Callable[[], None],
        report: Callable[[str | Callable[[ZoneInfo], str]], None],
    ) -> None:
        self._reads = reads
        self._show = show
        self._report = report
        self._staged: dict[str, Staged] = {}
        self._in_sending: set[str] = set()
        self.was_one_discarded = False
        """A step went without a key of the trader since steps were sent or dropped: fewer are left than were meant."""

    def __len__(self) -> int:
        return len(self._staged)

    @property
    def by_order(self) -> Mapping[str, Staged]:
        """The steps as they are now, by the key of the order."""
        return dict(self._staged)

    def words(self, key: str) -> str:
        """Return what the step of an order does in the queue; empty without one."""
        return self._reads.words(key, self._staged[key]) if key in self._staged else ""

    def read_missing(self, cursor: str | None) -> None:
        """Read what is missing to say what the steps do, above all that of the order under the cursor."""
        self._reads.follow(self._staged, cursor)

    # ------------------------------------------------------------ changes

    def step(self, orders: Iterable[Order], what: str, size: Decimal) -> bool:
        """Stage a step of `what`, as `Staged.stepped` names it; return whether anything changed.

        Report steps that can't be.
        """
        before = dict(self._staged)
        for order in orders:
            staged = self._staged.get(order.key) or Staged(order)
            try:
                following = staged.stepped(**{what: size})
            except ValueError as error:
                self._report(f"order {order.order_id}: {error}")
                continue
            self._put(order.key, following)
        has_changed = self._staged != before
        if has_changed:
            self._show()
        return has_changed

    def follow(self, find: Callable[[str], Row | None]) -> None:
        """Move the steps to the orders as they are now; discard and report those that no longer apply."""
        before = dict(self._staged)
        for key, staged in before.items():
            row = find(key)
            order = row.order if row is not None and row.tab is not Tab.RECENT else None
            if key in self._in_sending or order is staged.base:
                continue  # the preview, the ticket and the conflict prompt say what happened to their orders
            following, words = followed(staged, order)
            self._put(key, following)
            self.was_one_discarded |= following is None
            if words is not None:
                self._report(words)
        if self._staged != before:
            self._show()

    def _put(self, key: str, following: Staged | None) -> None:
        if following is None:
            self._staged.pop(key, None)
        else:
            self._staged[key] = following

    def drop(self) -> None:
        """Discard all steps."""
        self._staged.clear()
        self.was_one_discarded = False
        self._show()

    # ------------------------------------------------------------ sending

    def changes(self, steps: Mapping[str, Staged]) -> Sequence[tuple[Order, OrderModify]]:
        """Return the changes to send. Raises ValueError if a net position to expect is not known."""
        return [(each.base, each.changes(self._reads.expected(key, each))) for key, each in steps.items()]

    @contextmanager
    def in_sending(self, keys: Collection[str]) -> Iterator[None]:
        """Keep the steps of these orders as they are inside the block."""
        self._in_sending.update(keys)
        try:
            yield
        finally:
            self._in_sending.difference_update(keys)

    def sent(self, steps: Mapping[str, Staged]) -> None:
        """Forget steps that were sent, unless others were staged for the same orders since."""
        self.was_one_discarded = False
        for key, staged in steps.items():
            if self._staged.get(key) is staged:
                del self._staged[key]
