"""What the desk publishes: one immutable value that holds everything a face shows."""

from dataclasses import dataclass, field

from pbtui.desk.blotter.link import Link
from pbtui.desk.blotter.own_orders import Blotter
from pbtui.desk.kill.halt import Halt
from pbtui.desk.limits import TradingConditions, why_only_withdraw
from pbtui.desk.tickets.ticket import Ticket, TicketLine


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk at one moment.

    `active_gap` and `inactive_gap` say in words what is missing of the active and of the other orders, and are empty
    where nothing is. `tickets` are those of this run, oldest first. `halted` is set while nothing may be
    entered, changed or activated, by a kill on this desk or on another one of the profile.
    """

    link: Link
    blotter: Blotter = field(default_factory=Blotter)
    active_gap: str = ""
    inactive_gap: str = ""
    tickets: tuple[Ticket, ...] = ()
    trading_is_on: bool = False
    key_may_not_trade: bool = False
    journal_trouble: str | None = None
    halted: Halt | None = None

    def why_only_withdraw(self, now_s: float) -> str | None:
        """Why orders can't be entered, edited or activated just now; None where they can."""
        return why_only_withdraw(
            TradingConditions(
                link=self.link.state(now_s),
                data_age_s=self.link.age_s(now_s),
                trading_is_on=self.trading_is_on,
                key_may_not_trade=self.key_may_not_trade,
                journal_trouble=self.journal_trouble,
                halted=None if self.halted is None else self.halted.words,
            )
        )

    def ticket_line(self, key: str) -> TicketLine | None:
        """The newest line of a ticket for this order."""
        lines = (line for ticket in reversed(self.tickets) for line in ticket.lines)
        return next((line for line in lines if line.key == key), None)
