"""The keys with which a trader changes orders. What is shown is the business of the desk's screen, built on this."""

import math
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.getters import query_one

from pbtui.api.clock import steady_s
from pbtui.api.models import Order, OrderState
from pbtui.desk.tickets.describe import News, Weight
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.prompt import KEY_REST_S
from pbtui.ui.order.field_values import Zones
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.table.staged import Staged
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.threads.desk_thread import DeskClosed, DeskThread
from pbtui.ui.tickets.commands import OrderCommands
from pbtui.ui.tickets.dialogue import Dialogue

_NEWS_AT_ONCE = 3
_SHOWN_FOR_S = {Weight.FINE: 5.0, Weight.NOTABLE: 10.0, Weight.GRAVE: 20.0}
_SEVERITY: Mapping[Weight, Literal["information", "warning", "error"]] = {
    Weight.FINE: "information",
    Weight.NOTABLE: "warning",
    Weight.GRAVE: "error",
}

_ALLOWED_STATES: Mapping[Action, Sequence[str]] = {
    Action.ACTIVATE: (OrderState.HIBE,),
    Action.DEACTIVATE: (OrderState.ACTI, OrderState.UNKW),
    Action.DELETE: (OrderState.ACTI, OrderState.HIBE, OrderState.UNKW),
}


class WritingScreen(SparingScreen[None]):
    """Turns keys into the commands of `OrderCommands`, for the orders that are marked and shown or under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="order.add"),
        Binding("c", "clone", "Clone", show=False, id="order.clone"),
        Binding("e", "edit", "Edit", id="order.edit"),
        Binding("plus", "step('price', 1)", "Price a step up", show=False, id="order.price_up"),
        Binding("minus", "step('price', -1)", "Price a step down", show=False, id="order.price_down"),
        Binding("alt+plus", "step('quantity', 1)", "Quantity a step up", show=False, id="order.quantity_up"),
        Binding("alt+minus", "step('quantity', -1)", "Quantity a step down", show=False, id="order.quantity_down"),
        Binding("b", "bulk", "Bulk edit", show=False, id="order.bulk"),
        Binding("A", "set_state('activate')", "Activate", show=False, id="order.activate"),
        Binding("d", "set_state('deactivate')", "Deactivate", id="order.deactivate"),
        Binding("x", "set_state('delete')", "Delete", id="order.delete"),
        Binding("w", "switch_trading", "Trading on or off", show=False, id="desk.trading"),
    ]

    table = query_one(OrderTable)

    def __init__(self, profile: Profile, desk_thread: DeskThread) -> None:
        super().__init__()
        self._profile = profile
        self._desk_thread = desk_thread
        self._staged: dict[str, Staged] = {}
        self._last_key_s = -math.inf
        self._is_key_alone = True
        self._untold: list[News] = []
        self.dialogue = Dialogue(self, profile, desk_thread, self.tell)
        self.orders = OrderCommands(self.dialogue, profile, desk_thread, lambda: self.zones, self._mark_only)

    @property
    def zones(self) -> Zones:
        """In which zones times are told."""
        raise NotImplementedError

    # ------------------------------------------------------------ doing and telling

    def begin(self, command: Coroutine[Any, Any, object]) -> None:
        """Run a command beside the screen. Those that ask wait for each other by themselves."""
        if self.dialogue.has_begun:
            self.run_worker(self._guarded(command))
        else:
            command.close()
            self.refuse("the desk has not been opened yet")

    async def _guarded(self, command: Coroutine[Any, Any, object]) -> None:
        try:
            await command
        except DeskClosed as closed:
            self.tell(News(f"{closed}; nothing was sent", Weight.GRAVE))

    def tell(self, *news: News) -> None:
        """Show what is news for a while, the gravest of it first; once the trader is back, where a prompt is open."""
        if self.app.screen is not self:
            self._untold += news
            return
        first = sorted(news, key=lambda each: each.weight is not Weight.GRAVE)
        for each in first[:_NEWS_AT_ONCE]:
            self._show_news(each)
        if len(news) > _NEWS_AT_ONCE:
            self._show_news(News(f"and {len(news) - _NEWS_AT_ONCE} more: t shows all tickets", Weight.NOTABLE))

    def _show_news(self, news: News) -> None:
        self.notify(news.text, severity=_SEVERITY[news.weight], timeout=_SHOWN_FOR_S[news.weight], markup=False)

    def refuse(self, text: str) -> None:
        """Say why a key does nothing."""
        self.tell(News(text, Weight.NOTABLE))

    def on_paste(self) -> None:
        """No field wanted it."""
        self.notify("Pasted text is not taken as keys", timeout=2, markup=False)

    def on_screen_resume(self) -> None:
        """A dialog is gone: what waited for that may be told, or ask, now."""
        untold, self._untold = self._untold, []
        self.tell(*untold)
        self.dialogue.come_home()

    # ------------------------------------------------------------ which orders

    def _chosen(self) -> list[Order]:
        """The orders an action means; those that could not be read are told and left out."""
        rows = self.table.chosen
        orders = [row.order for row in rows if isinstance(row.order, Order)]
        if len(orders) < len(rows):
            self.refuse(f"{len(rows) - len(orders)} of the orders could not be read: nothing can be done with these")
        elif not rows:
            hidden = self.table.hidden_marks
            self.refuse(f"the filter hides the marked orders ({hidden})" if hidden else "no order is under the cursor")
        return orders

    def _one(self) -> Order | None:
        row = self.table.under_cursor
        if row is None or not isinstance(row.order, Order):
            self.refuse("no order is under the cursor" if row is None else "this order could not be read")
            return None
        return row.order

    def _mark_only(self, keys: Iterable[str]) -> None:
        self.table.mark_only(keys)

    # ------------------------------------------------------------ the keys

    def action_add(self) -> None:
        """Enter new orders."""
        self.begin(self.orders.add({}))

    def action_clone(self) -> None:
        """Enter an order like the one under the cursor."""
        order = self._one()
        if order is not None:
            self.begin(self.orders.clone(order))

    def action_edit(self) -> None:
        """Change the order under the cursor; where several are marked, all of these."""
        if self.table.marked > 1:
            self.action_bulk()
            return
        orders = self._chosen()
        if orders:
            self.begin(self.orders.edit(orders[0]))

    def action_bulk(self) -> None:
        """Make one change to the marked orders."""
        orders = self._chosen()
        if orders:
            self.begin(self.orders.bulk(orders, self.table.hidden_marks))

    def action_set_state(self, name: str) -> None:
        """Activate, deactivate or delete the marked orders, or the one under the cursor."""
        action = Action(name)
        chosen = self._chosen()
        orders = [order for order in chosen if order.state in _ALLOWED_STATES[action]]
        if len(orders) < len(chosen):
            self.refuse(f"{len(chosen) - len(orders)} of {len(chosen)} are not there to {name}")
        if orders:
            self.begin(self.orders.set_state(action, orders, self.table.hidden_marks))

    def action_switch_trading(self) -> None:
        """Switch trading on or off."""
        self.begin(self.orders.switch_trading())

    # ------------------------------------------------------------ steps staged in the table

    def action_step(self, what: str, sign: int) -> None:
        """Stage a step of the marked orders, or of the one under the cursor; nothing is sent yet."""
        halted = self.dialogue.view.halted if self.dialogue.has_begun else None
        if halted is not None:
            self.refuse(f"no step is staged: halted: {halted.words}")
            return
        step = {"price": self._profile.price_step, "quantity": self._profile.quantity_step}[what] * Decimal(sign)
        for order in self._chosen():
            staged = self._staged.get(order.key) or Staged(order)
            try:
                following = staged.stepped(**{what: step})
            except ValueError as error:
                self.refuse(f"order {order.order_id}: {error}")
                continue
            if following is None:
                self._staged.pop(order.key, None)
            else:
                self._staged[order.key] = following
        self._show_staged()

    @property
    def has_staged(self) -> bool:
        """Whether steps are staged and not sent."""
        return bool(self._staged)

    def drop_staged(self) -> None:
        """Forget all staged steps."""
        self._staged.clear()
        self._show_staged()

    def drop_departed(self, is_listed: Callable[[str], bool]) -> None:
        """Forget, and tell, what was staged for orders that are gone."""
        gone = [staged.base for key, staged in self._staged.items() if not is_listed(key)]
        for base in gone:
            del self._staged[base.key]
            self.refuse(f"order {base.order_id} is gone; what was staged for it is dropped")
        if gone:
            self._show_staged()

    def send_staged(self) -> None:
        """Send the steps of the orders that are shown."""
        shown = {key: staged for key, staged in self._staged.items() if key in self.table.arrangement}
        hidden = len(self._staged) - len(shown)
        if not shown:
            self.refuse(f"the filter hides the {hidden} orders with staged steps; nothing was sent")
            return
        # A single one goes out by this key alone, unless it came among others as those of a paste do.
        self.begin(self._send_staged(shown, hidden, is_asked=len(shown) > 1 or not self._is_key_alone))

    async def _send_staged(self, shown: Mapping[str, Staged], hidden: int, *, is_asked: bool) -> None:
        changes = [(staged.base, staged.changes()) for staged in shown.values()]
        if await self.orders.send_changes(changes, hidden, is_asked=is_asked):
            for key, staged in shown.items():
                if self._staged.get(key) is staged:
                    del self._staged[key]
            self._show_staged()

    def _show_staged(self) -> None:
        self.table.show_staged(dict(self._staged))

    def on_key(self) -> None:
        """Note whether the key comes alone; the action it is bound to comes after this."""
        now_s = steady_s()
        self._is_key_alone = now_s - self._last_key_s >= KEY_REST_S
        self._last_key_s = now_s
