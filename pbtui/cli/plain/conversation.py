"""The questions and answers of a plain session: "What next?", what the words ask for, and what happened meanwhile.

Every write, the kill and the re-arming are the commands of pbtui, run with the desk of the session. So there is one
preview, one consent and one verdict.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

import click

from pbtui.api.clock import steady_s
from pbtui.api.decoding.snapshot import UnreadableOrder
from pbtui.api.sanitize import safe_text
from pbtui.cli.invocation import Invocation
from pbtui.cli.kill.command import kill
from pbtui.cli.kill.rearm import rearm
from pbtui.cli.plain.background import BackgroundDesk
from pbtui.cli.plain.calls import Calls
from pbtui.cli.plain.commands import change_options, ran
from pbtui.cli.plain.entry import missing_parts, with_defaults, with_part
from pbtui.cli.plain.lists import Lists
from pbtui.cli.plain.meanwhile import Meanwhile
from pbtui.cli.plain.numbers import NoSuchOrder, Numbers
from pbtui.cli.plain.sentences import change_question, detail_lines, status_lines
from pbtui.cli.plain.terminal import InputEnded, Interrupted, Terminal
from pbtui.cli.plain.watch import Events
from pbtui.cli.plain.words import HELP, Wish, WordsRefused, read_wish
from pbtui.cli.process import say
from pbtui.cli.refusals import NothingSent
from pbtui.cli.typed_words import typed
from pbtui.cli.write.command import activate, add, deactivate, delete, modify
from pbtui.cli.write.line_reading import names_in
from pbtui.desk.desk import Desk
from pbtui.desk.limits import KEY_IS_READ_ONLY
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertKind
from pbtui.settings.profiles import Environment, Profile

LOOK_EVERY_S = 0.5
"""Time between two looks for events while the trader watches."""
READ_LOOK_EVERY_S = 0.1
"""Time between two looks for the first read, and for a trader who does not wait for it."""
_AFTER_A_KILL = (
    "The session goes on. Orders that re-appear from now on are not withdrawn: list shows them, watch says them",
    "rearm lifts the halt; it activates no order",
)
_SET_STATE = {"withdraw": deactivate, "activate": activate, "delete": delete}
_WATCHED = (AlertKind.FILL, AlertKind.FOREIGN_ORDER)
"""Alerts about what the events of orders say."""
_CHANGED = ("price", "quantity")


class Conversation:
    """One session at a terminal. `invocation` is what its commands are given."""

    def __init__(
        self,
        profile: Profile,
        desk: BackgroundDesk,
        terminal: Terminal,
        invocation: Invocation,
        events: Events,
        calls: Calls,
    ) -> None:
        self._profile = profile
        self._desk = desk
        self._terminal = terminal
        self._invocation = invocation
        self._events = events
        self._calls = calls
        self._zone = ZoneInfo(profile.market_timezone)
        self._numbers = Numbers()
        self._lists = Lists(self._numbers, self._zone)
        self._meanwhile = Meanwhile(profile.alerts, self._zone)
        self._kill_code = 0
        self.acted_s = float("-inf")
        """The end of the last kill or re-arm, on the steady clock: reads before it do not show it."""
        self._pending: str | None = None
        """A line that was typed while nothing was asked."""
        self._does: Mapping[str, Callable[[Wish], None]] = {
            "help": lambda wish: _say(f"{word}: {what}" for word, what in HELP.items()),
            "status": lambda wish: self._say_status(),
            "news": lambda wish: _say(self._meanwhile.kept or ["No news yet"]),
            "list": lambda wish: _say(self._lists.begin(wish.text, self._desk.view, self._desk.view.now(), steady_s())),
            "more": lambda wish: _say(self._lists.more(self._desk.view)),
            "detail": self._detail,
            "watch": lambda wish: self._watch(),
            "enter": self._enter,
            "change": self._change,
            **dict.fromkeys(_SET_STATE, self._set_state),
            "trading": self._set_trading,
            "kill": lambda wish: self._kill(),
            "rearm": self._rearm,
        }

    def hold(self) -> int:
        """Talk until the trader ends it; return the exit code of the last kill that was fired, 0 if none was."""
        try:
            self._begin()
            while (line := self._next_line()) is not None:
                if line and not self._goes_on(line):
                    break
        except InputEnded:
            pass
        return self._kill_code

    def _begin(self) -> None:
        _say([f"Connecting to {self._profile.exchange}"])
        while self._pending is None and not self._desk.has_read(READ_LOOK_EVERY_S):
            self._pending = self._terminal.line_within(0)
        self._say_news()
        self._say_status()
        _say(["help lists the words"])

    def _next_line(self) -> str | None:
        """Say the news and ask; None after Ctrl+C twice."""
        was_interrupted = False
        while True:
            self._terminal.refuse_ended()
            self._say_news()
            line, self._pending = self._pending, None
            try:
                return line or self._terminal.line("What next?")
            except Interrupted:
                if was_interrupted:
                    return None
                was_interrupted = True
                _say(["Ctrl+C once more ends the session"])

    def _goes_on(self, line: str) -> bool:
        """Do what a line asks for; return False if it ends the session."""
        self._say_news()
        try:
            wish = read_wish(line)
            if wish.word == "quit":
                return False
            self._does[wish.word](wish)
        except (WordsRefused, NoSuchOrder) as refused:
            _say([str(refused)])
        except click.ClickException as refused:
            refused.show()
        except Interrupted:
            _say(["Back"])
        return True

    # ------------------------------------------------------------ what is and what happens

    def _say_news(
        self, view: DeskView | None = None, *, without: Sequence[AlertKind] = (), known: Collection[str] = ()
    ) -> None:
        """Say what is new in a view, by default the newest one."""
        newest = self._desk.view if view is None else view
        _say(self._meanwhile.take(newest, newest.now(), steady_s(), known=known, without=without))
        _say(self._calls.problems())

    def _say_status(self) -> None:
        _say(status_lines(self._desk.view, self._profile, steady_s()))

    def _detail(self, wish: Wish) -> None:
        view = self._desk.view
        _say(detail_lines(self._numbers.row(wish.numbers[0], view), view, self._zone, view.now()))

    def _watch(self) -> None:
        _say(["Watching; Enter ends it"])
        with self._events.watched() as view:
            self._say_news(view)
            while self._pending is None:
                self._pending = self._terminal.line_within(LOOK_EVERY_S)
                self._desk.refuse_failed()
                for view, events in self._events.new():
                    # What is left out of the news of a view is among its events, so each thing is said once.
                    self._say_news(view, without=_WATCHED)
                    _say(events)
        _say(["Watched"])

    # ------------------------------------------------------------ writes: the commands of pbtui

    def _write(self, command: click.Command, arguments: Sequence[str]) -> int:
        """Run a command. What it says of its own tickets is not said again."""
        before = {ticket.token for ticket in self._desk.view.tickets}
        code = self._ran(command, arguments)
        self._say_news(known={ticket.token for ticket in self._desk.view.tickets} - before)
        return code

    def _ran(self, command: click.Command, arguments: Sequence[str]) -> int:
        try:
            return ran(command, arguments, self._invocation)
        finally:
            self._terminal.listen()
            self._terminal.forget()

    def _enter(self, wish: Wish) -> None:
        line = wish.text or self._terminal.line("Order, such as buy 5 @ 62.5 14:15 amp:")
        view = self._desk.view
        known, now = names_in(view, self._profile), view.now()
        for question, word in tuple(missing_parts(line, self._profile, known, now)):
            line = with_part(line, word, self._terminal.line(question))
        self._write(add, ["--", with_defaults(line, self._profile, known, now)])

    def _change(self, wish: Wish) -> None:
        (number,) = wish.numbers
        order_id = self._numbers.order_id(number, self._desk.view)
        changes = wish.changes or self._asked_changes(number)
        if not changes:
            _say(["Nothing was changed"])
            return
        self._write(modify, change_options(order_id, changes))

    def _asked_changes(self, number: int) -> Mapping[str, str]:
        """Ask for price and MW; Enter keeps the present one."""
        order = self._numbers.row(number, self._desk.view).order
        if isinstance(order, UnreadableOrder):
            raise NoSuchOrder(f"Order {number} can't be read, so it can't be changed.")
        answers = {}
        for name in _CHANGED:
            answers[name] = self._terminal.line(change_question(order, name, self._zone))
        return {name: answer for name, answer in answers.items() if answer}

    def _set_state(self, wish: Wish) -> None:
        view = self._desk.view
        ids = [f"--order-id={self._numbers.order_id(number, view)}" for number in wish.numbers]
        self._write(_SET_STATE[wish.word], ids)

    def _set_trading(self, wish: Wish) -> None:
        """Switch trading off at once; or on, if the key may trade. In production that asks for the profile's name."""

        async def switch(desk: Desk) -> int:
            if wish.text == "on" and not await desk.key.may_trade():
                return NothingSent.exit_code
            desk.set_trading(is_on=wish.text == "on")
            return 0

        if wish.text == "on" and self._profile.environment is Environment.PRODUCTION:
            name = self._profile.name
            if not typed(name, f"Orders can then be entered, changed and activated. Type {name} to switch trading on"):
                _say(["Trading stays as it is"])
                return
        if self._desk.run(switch):
            _say([f"Trading stays off: {KEY_IS_READ_ONLY}"])
            return
        _say([f"Trading is {wish.text}"])

    # ------------------------------------------------------------ the kill and the halt

    def _kill(self) -> None:
        code = self._ran(kill, ())
        if code != NothingSent.exit_code:
            self._kill_code, self.acted_s = code, steady_s()
            self._desk.read_now()
            self._terminal.refuse_ended()
            _say(_AFTER_A_KILL)
            self._pending = self._terminal.line_within(0)  # it ended the watch

    def _rearm(self, wish: Wish) -> None:
        reason = wish.text or self._terminal.line("Why is it safe to trade again?")
        if not reason:
            _say(["Still halted: no reason was given"])
            return
        self._ran(rearm, [f"--reason={reason}"])
        self.acted_s = steady_s()
        self._desk.read_now()


def _say(lines: Iterable[str]) -> None:
    """Say each line."""
    for line in lines:
        say(safe_text(line))
