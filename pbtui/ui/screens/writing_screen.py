"""Keys that enter and change orders. The screen with the staged steps extends this screen."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.getters import query_one

from pbtui.api.codes import OrderState
from pbtui.api.models import Order
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.vocabulary import state_word
from pbtui.desk.limits import HALT_LASTS, KEY_IS_READ_ONLY
from pbtui.desk.plan.columns import FileRefused
from pbtui.desk.plan.csv_text import has_header
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.dialogs.prompt import NO_FIELD
from pbtui.ui.dialogs.team_pane import TeamPane
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.left_out import LeftOut
from pbtui.ui.screens.hand_over import HandOverDialogs
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.screens.news_pane import NewsPane
from pbtui.ui.table.orders import OrderTable
from pbtui.ui.terminal.moment import UnmarkedText
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.threads.desk_thread import DeskClosed, DeskThread
from pbtui.ui.tickets.commands import OrderCommands
from pbtui.ui.tickets.dialogue import Dialogue
from pbtui.ui.tickets.pasted_orders import rows_of
from pbtui.ui.widgets.key_names import key_of
from pbtui.ui.widgets.news_line import NewsLine

_ALLOWED_STATES: Mapping[Action, Sequence[str]] = {
    Action.ACTIVATE: (OrderState.HIBE,),
    Action.DEACTIVATE: (OrderState.ACTI, OrderState.UNKW),
    Action.DELETE: (OrderState.ACTI, OrderState.HIBE, OrderState.UNKW),
}


class WritingScreen(SparingScreen[None]):
    """Turns keys into calls of `OrderCommands`, for the marked and visible orders or the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="order.add"),
        Binding("colon", "add_by_line", "Add by a line", show=False, id="order.add_by_line"),
        Binding("c", "clone", "Clone", show=False, id="order.clone"),
        Binding("e", "edit", "Edit", id="order.edit"),
        Binding("b", "bulk", "Bulk edit", show=False, id="order.bulk"),
        Binding("A", "set_state('activate')", "Activate", show=False, id="order.activate"),
        Binding("d", "set_state('deactivate')", "Deactivate", id="order.deactivate"),
        Binding("x", "set_state('delete')", "Delete", id="order.delete"),
        Binding("U", "undo", "Undo the last change", show=False, id="order.undo"),
        Binding("space", "mark", "Mark", show=False, id="table.mark"),
        Binding("v", "mark_range", "Mark a range: press at both ends", show=False, id="table.mark_range"),
        Binding("m", "mark_alike", "Mark all visible of this contract and side", show=False, id="table.mark_alike"),
        Binding("asterisk", "mark_all", "Mark all visible", show=False, id="table.mark_all"),
        Binding("w", "switch_trading", "Trading on or off", show=False, id="desk.trading"),
        Binding("n", "news", "News", id="desk.news"),
        Binding("L", "news", "News", show=False, id="desk.log"),
        Binding("H", "hand_over", "Hand-over: this shift, its notes, and taking over", show=False, id="desk.handover"),
        Binding("W", "team", "Who is there: the open desks of the team", show=False, id="desk.team"),
    ]

    table = query_one(OrderTable)

    def __init__(self, profile: Profile, desk_thread: DeskThread, board: NewsBoard) -> None:
        super().__init__()
        self._profile = profile
        self._desk_thread = desk_thread
        self.board = board
        self.dialogue = Dialogue(self, profile, desk_thread, self.show_news)
        self._hand_over = HandOverDialogs(self.dialogue, desk_thread, lambda: self.zone, self.note, self.show_news)
        self.orders = OrderCommands(self.dialogue, profile, desk_thread, lambda: self.zone, self._marks_after)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of everything on the screen: the market's, or UTC."""
        return self.board.zone

    # ------------------------------------------------------------ commands and news

    def begin(self, command: Coroutine[Any, Any, object]) -> None:
        """Run a command in the background. Commands that ask the trader wait for each other."""
        if self.dialogue.is_ready:
            self.run_worker(self._guarded(command))
        else:
            command.close()
            self.refuse("the desk is still starting; try again in a moment")

    async def _guarded(self, command: Coroutine[Any, Any, object]) -> None:
        try:
            await command
        except DeskClosed as closed:
            self.show_news(News(f"{closed}; nothing was sent", Weight.GRAVE))

    def show_news(self, *news: News) -> None:
        """Show news of one moment; the gravest stays on the screen. `n` shows all again."""
        self.board.add(*news)

    def action_news(self) -> None:
        """Show all news of this run again."""
        self.begin(self._show_all_news())

    async def _show_all_news(self) -> None:
        self.board.mark_read()
        await self.dialogue.ask(NewsPane(self.dialogue.venue, self.board.news, self.board.zone))

    def action_team(self) -> None:
        """Show the other desks of the team that are open."""
        if not self._profile.team.store:
            self.note("other desks are shown only with a team store: [team] in the settings")
        else:
            self.begin(self._show_team())

    async def _show_team(self) -> None:
        await self.dialogue.ask(TeamPane(self.dialogue.venue, self.dialogue.view, self.zone))

    def action_hand_over(self) -> None:
        """Show the report of this shift, leave a note for the next one, or take over."""
        self.begin(self._hand_over.show())

    def note(self, text: str) -> None:
        """Show what the key just pressed did, or why it did nothing, until the next key. It is not kept as news."""
        self.query_one(NewsLine).show_note(text)

    def refuse(self, text: str | Callable[[ZoneInfo], str]) -> None:
        """Show why a key had no effect."""
        self.show_news(News(text, Weight.NOTABLE))

    def on_paste(self, event: Paste) -> None:
        """Show pasted lines as a basket, if they are a list of orders; ignore other text that no field received."""
        if isinstance(event, UnmarkedText) or len(event.text.strip().splitlines()) < 2 or not has_header(event.text):
            self.note(NO_FIELD)
            return
        try:
            rows = rows_of(event.text)
        except FileRefused as refused:
            self.refuse(f"the paste is no list of orders: {refused}")
        else:
            self.begin(self.orders.pasted.show(rows))

    def on_screen_resume(self) -> None:
        """Let the next prompt open, because a dialog was closed."""
        self.dialogue.prompt_closed()

    # ------------------------------------------------------------ which orders

    def is_at_orders(self) -> bool:
        """Return whether keys go to the orders; note it if they do not.

        Keys that mark, stage or write act only there. Else `* d` in a pane would mark nothing and withdraw one order.
        """
        is_here = self.focused is self.table
        if not is_here:
            back, active = key_of(self, "desk.drop_filter"), key_of(self, "desk.active")
            way = f"{back} to go back to it" if self.table.display else f"{active} to show the active orders"
            self.note(f"nothing was done: this key works in the table of orders. Press {way}")
        return is_here

    def _chosen(self, *, is_previewed: bool = True) -> list[Order]:
        """Return the orders an action applies to; report and leave out those that could not be read or left the tab.

        `is_previewed` is whether the action shows them before it changes anything.
        """
        if not self.is_at_orders():
            return []
        gone = self.table.say_gone(is_previewed=is_previewed)
        rows = self.table.chosen
        if gone and not self.table.marked:
            self.note(gone)
            return []
        if gone:
            self.refuse(gone)
        orders = [row.order for row in rows if isinstance(row.order, Order)]
        if len(orders) < len(rows):
            self.refuse(f"{len(rows) - len(orders)} orders could not be read and were left out")
        elif not rows:
            hidden = self.table.hidden_marks
            marked = "the marked order" if hidden == 1 else f"all {hidden} marked orders"
            self.note(f"the filter hides {marked}" if hidden else self.table.why_no_target)
        return orders

    def _one(self) -> Order | None:
        row = self.table.under_cursor if self._has_target() else None
        if row is not None and not isinstance(row.order, Order):
            self.note("this order could not be read")
        return row.order if row is not None and isinstance(row.order, Order) else None

    def _has_target(self) -> bool:
        """Return whether an order is under the cursor that keys act on; note it if none is."""
        if not self.is_at_orders():
            return False
        if why := self.table.why_no_target:
            self.note(why)
        return not why

    def _marks_after(self, done: Iterable[str], undone: Iterable[str]) -> None:
        self.table.unmark_done(done)
        self.table.mark_undone(undone)

    # ------------------------------------------------------------ keys

    def action_add(self) -> None:
        """Enter new orders, beginning with the draft that was kept. A line is like the order under the cursor."""
        self.begin(self.orders.new.add(self._like()))

    def action_add_by_line(self) -> None:
        """Enter one new order as a line."""
        self.begin(self.orders.new.add_by_line(self._like()))

    def _like(self) -> Order | None:
        """Return the order whose contract, area and portfolio a new line has where it names none."""
        row = self.table.under_cursor if self.focused is self.table else None
        return row.order if row is not None and isinstance(row.order, Order) else None

    def action_clone(self) -> None:
        """Enter an order like the one under the cursor."""
        order = self._one()
        if order is not None:
            self.begin(self.orders.new.clone(order))

    def action_edit(self) -> None:
        """Change the order under the cursor, or all marked orders if several are marked."""
        if self.table.marked > 1:
            self.action_bulk()
            return
        orders = self._chosen()
        if orders:
            self.begin(self.orders.edit(orders[0]))

    def action_bulk(self) -> None:
        """Make the same change to all marked orders."""
        gone = self.table.gone_marks
        orders = self._chosen()
        if orders:
            self.begin(self.orders.bulk(orders, LeftOut(self.table.hidden_marks, gone)))

    def action_mark(self) -> None:
        """Mark or unmark the order under the cursor, and move to the next."""
        if self._has_target():
            self.table.mark()

    def action_mark_range(self) -> None:
        """Start a range at the cursor; at the second call, mark all orders from there to the cursor."""
        if self._has_target() and self.table.mark_range():
            self.note("the range begins here: the order that it began with is not shown any more")

    def action_mark_alike(self) -> None:
        """Mark the visible orders of the contract and side under the cursor; if all are marked, unmark them."""
        if self._has_target() and not self.table.mark_alike():
            self.refuse("nothing was marked: contract or side of the order under the cursor is not known")

    def action_mark_all(self) -> None:
        """Mark all visible orders; if all are marked, unmark them."""
        if not self.is_at_orders():
            return
        if len(self.table.arrangement):
            self.table.mark_all()
        else:
            self.note("nothing was marked: no order is shown")

    def action_set_state(self, name: str) -> None:
        """Activate, deactivate or delete the marked orders, or the one under the cursor."""
        action, gone = Action(name), self.table.gone_marks
        chosen = self._chosen()
        allowed = _ALLOWED_STATES[action]
        orders = [order for order in chosen if order.state in allowed]
        if len(orders) < len(chosen):
            others = [order for order in chosen if order.state not in allowed]
            self.refuse(_in_other_states(name, others, len(chosen)))
        if orders:
            self.begin(self.orders.set_state(action, orders, LeftOut(self.table.hidden_marks, gone)))

    def action_undo(self) -> None:
        """Offer the inverse of the last change."""
        self.begin(self.orders.undo())

    def action_switch_trading(self) -> None:
        """Switch trading on or off."""
        self.begin(self._switch_trading())

    async def _switch_trading(self) -> None:
        """Switch trading off at once; or on, if the key may trade. In production that asks for the profile's name.

        A halt hides the switch, so what it is now is said then, and it can't be switched on.
        """
        is_halted = self.dialogue.view.halted is not None
        if self.dialogue.view.trading_is_on:
            self._desk_thread.set_trading(is_on=False)
            if is_halted:
                self.dialogue.say("trading is off now, also after a re-arm")
            return
        if is_halted:
            self.dialogue.say(f"trading stays off: the profile is halted. {HALT_LASTS}")
            return
        if not await self._desk_thread.may_trade():
            self.dialogue.say(f"trading stays off: {KEY_IS_READ_ONLY}")
            return
        if self.dialogue.venue.environment is Environment.PRODUCTION:
            question = "Switch trading on: orders can then be entered, changed and activated"
            prompt = TypedPrompt(self.dialogue.venue, question, (), self._profile.name, adds_risk=True)
            if not await self.dialogue.ask(prompt):
                return
        self._desk_thread.set_trading(is_on=True)


def _in_other_states(action: str, orders: Sequence[Order], of: int) -> str:
    """Return why an action does nothing with these orders, out of so many."""
    states = Counter(state_word(order.state) for order in orders)
    if of == 1:
        return f"cannot {action} order {orders[0].order_id}: it is {next(iter(states))} already"
    shown = ", ".join(f"{count} {'is' if count == 1 else 'are'} {state}" for state, count in states.items())
    return f"cannot {action} {len(orders)} of {of} orders: {shown} already"
