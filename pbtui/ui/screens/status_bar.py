"""Permanent status: exchange, age of the data, orders in the market, kill key, and current problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len

from pbtui.api.clock import steady_s
from pbtui.desk.blotter.link import LinkState
from pbtui.desk.formats.number_format import quantity_text
from pbtui.desk.formats.time_format import age_text
from pbtui.settings.profiles import Environment, Profile
from pbtui.ui.market.signs import downtime_sign, market_signs
from pbtui.ui.terminal.drawing import DrawingApp
from pbtui.ui.widgets.lines import Line, TextLines, fitting

if TYPE_CHECKING:  # at run time these would import pydantic, which the first screen does not need
    from pbtui.desk.blotter.own_orders import Blotter
    from pbtui.desk.kill.plan import Reach
    from pbtui.desk.view import DeskView

_SCREEN_IS_OLD_S = 1.0
_LINK_ROLES = {
    LinkState.LIVE: "good",
    LinkState.CONNECTING: "warning",
    LinkState.FAILING: "warning",
    LinkState.STALE: "alarm",
}


class KillSign(Struct, frozen=True):
    """State of the kill key: its name, whether the program has received it once, and the state of a fired kill.

    `word` replaces `headline` if the space is short. `role` applies to both.
    """

    key: str
    has_arrived: bool = True
    headline: str = ""
    word: str = ""
    role: str = "alarm"


class StatusBar(TextLines):
    """One line: profile, exchange, environment, connection, age of the data, orders in the market.

    It always shows what the kill key does, in as many words as fit.
    """

    def __init__(self, profile: Profile, kill_key: str) -> None:
        super().__init__(id="status")
        self._profile = profile
        self._view: DeskView | None = None
        self._has_stopped = False
        self._sign = KillSign(kill_key)
        self._counted: tuple[Blotter, Reach | None] | None = None

    def show_sign(self, sign: KillSign) -> None:
        """Show this state of the kill key."""
        self._sign = sign
        self.show_view(self._view, has_stopped=self._has_stopped)

    def show_view(self, view: DeskView | None, *, has_stopped: bool = False) -> None:
        """Show this view; None before the first view. The word for the link follows the worst that is known."""
        self._view, self._has_stopped = view, has_stopped
        self._frame(is_halted=view is not None and view.halted is not None)
        self.show([self._status()])

    def _frame(self, *, is_halted: bool) -> None:
        """Name the environment on the frame of the screen, which production has, and say there if it is halted."""
        titles = self._profile.environment.value.upper(), "HALTED" if is_halted else ""
        if titles != (
            self.screen.border_title,
            self.screen.border_subtitle,
        ):  # setting a title repaints the whole screen
            self.screen.border_title, self.screen.border_subtitle = titles

    def lay_out(self) -> None:
        """Fit the line to the new width."""
        self.show_view(self._view, has_stopped=self._has_stopped)

    def _status(self) -> Line:
        profile = self._profile
        sections = self._sections(f" · {profile.exchange}{f' · {profile.tenant}' if profile.tenant else ''}")
        least = sum(_width(line) for rank, line in sections if rank <= 1) + _width(self._kill()[-1])
        if least > self.text_width:  # the exchange's name makes room for warnings, and for the profile's name
            sections = self._sections("")
        kill = self._fitting_kill(sections)
        line = fitting(sections, self.text_width - _width(kill))
        return [*line, (" " * (self.text_width - _width(line) - _width(kill)), "text"), *kill]

    def _sections(self, where: str) -> list[tuple[int, Line]]:
        """Return what the line shows besides the kill key, each with its rank. `where` follows the profile's name."""
        profile, environment = self._profile, self._profile.environment
        return [
            (5, [(" pbtui ", "title")]),
            (0, [(f" {profile.name}", "title"), (f"{where} ", "text")]),
            (0, [(f" {environment.value.upper()} ", "alarm" if environment is Environment.PRODUCTION else "key")]),
            *self._link(),
            *self._screen_age(),
            *([] if self._view is None else market_signs(self._view.exchange, steady_s())),
            *([] if self._view is None else downtime_sign(self._view.exchange, self._view.now())),
            *self._market(),
            *self._team(),
            *self._trading(),
        ]

    def _fitting_kill(self, sections: list[tuple[int, Line]]) -> Line:
        """Return the longest text about the kill key that fits; other sections make room for it."""
        *longer, shortest = self._kill()
        for rank in _RANKS_KEPT:
            kept = sum(_width(line) for section_rank, line in sections if section_rank < rank)
            for kill in longer:
                if kept + _width(kill) <= self.text_width:
                    return kill
        return shortest

    def _kill(self) -> list[Line]:
        """Return what the kill key does, from the longest text to the shortest."""
        sign = self._sign
        key: list[tuple[str, str]] = [(f" {sign.key} ", "key")]
        if sign.headline:
            return [[*key, (f"{text} ", sign.role)] for text in (sign.headline, sign.word)]
        tested: Line = [] if sign.has_arrived else [("untested ", "warning")]
        texts = self._reach()
        return [
            *([*key, *tested, (f"→ {' · '.join(texts[:count])} ", "title")] for count in range(len(texts), 0, -1)),
            [*key, *(tested or [("KILL ", "title")])],
        ]

    def _reach(self) -> list[str]:
        view = self._view
        if view is None:
            return []
        from pbtui.desk.kill.plan import plan_for  # the first frame does without it
        from pbtui.desk.view import reach_of

        plan = plan_for(self._profile)
        if self._counted is None or self._counted[0] is not view.blotter:
            self._counted = (view.blotter, reach_of(plan, view, self._profile))
        reach = self._counted[1]
        if plan.action.is_account_wide:
            return [f"{plan.verb} EVERYTHING", plan.exchange, *([] if reach is None else [f"{reach.orders}+ seen"])]
        texts = [f"{plan.verb} ?", plan.exchange]
        if reach is not None:
            unknown = f" + {reach.uncounted} unknown" if reach.uncounted else ""
            dormant = f" + {reach.deactivated} deactivated" if reach.deactivated else ""
            figures = f"{quantity_text(reach.quantity_mw)} MW{unknown}{dormant}"
            texts = [f"{plan.verb} {reach.orders}", figures, plan.exchange]
        return [*texts, " ".join(plan.portfolios)] if plan.portfolios else texts

    def _screen_age(self) -> list[tuple[int, Line]]:
        """Return the age of what the terminal shows, if the line to it is so slow that it matters."""
        behind_s = self.app.screen_behind_s() if isinstance(self.app, DrawingApp) else 0.0
        return [(0, [(f" SCREEN {behind_s:.0f} s OLD ", "alarm")])] if behind_s >= _SCREEN_IS_OLD_S else []

    def _link(self) -> list[tuple[int, Line]]:
        if self._has_stopped:
            return [(0, [("  ", "text"), (" STOPPED ", "alarm")])]
        if self._view is None:
            return [(0, [(f"  {LinkState.CONNECTING} ", "warning")])]
        link, now_s = self._view.link, steady_s()
        state, age_s = link.state(now_s), link.age_s(now_s)
        word, role = str(state), _LINK_ROLES.get(state, "alarm")
        if state is LinkState.LIVE and self._view.active_gap:
            word, role = "GAPS", "warning"
        sections: list[tuple[int, Line]] = [(0, [("  ", "text"), (f" {word} ", role)])]
        if age_s is not None:
            sections.append((0, [(f"{age_text(age_s):>5}", "text")]))
        if link.round_trip_s is not None:
            sections.append((4, [(f" · {_round_trip_text(link.round_trip_s)}".ljust(11), "dim")]))
        return sections

    def _trading(self) -> list[tuple[int, Line]]:
        view = self._view
        if view is None:
            return []
        if view.lone is not None:
            return [(0, [(" LONE ", "alarm")]), *self._trading_mode(view)]
        return self._trading_mode(view)

    def _trading_mode(self, view: DeskView) -> list[tuple[int, Line]]:
        if view.halted is not None:
            return [(0, [(" HALTED ", "alarm")])]
        if view.journal_problem is not None:
            return [(0, [(" NO JOURNAL ", "alarm")])]
        if view.team_problem and view.lone is None:
            return [(0, [(" NO TEAM STORE ", "alarm")])]
        if view.key_may_not_trade:
            return [(0, [(" READ-ONLY KEY ", "warning")])]
        return [(0, [(" TRADING ", "key")])] if view.trading_is_on else [(0, [(" READ-ONLY ", "label")])]

    def _team(self) -> list[tuple[int, Line]]:
        """Return the number of desks of the team that are open, if there are others than this one."""
        others = None if self._view is None else self._view.others
        return [(4, [(f" {len(others) + 1} desks ", "label")])] if others else []

    def _market(self) -> list[tuple[int, Line]]:
        if self._view is None or self._view.link.read_s is None:
            return []
        blotter, totals = self._view.blotter, self._view.blotter.totals
        sections: list[tuple[int, Line]] = [
            (2, [(f"  {len(blotter.active)} orders ", "text")]),
            (3, [(f"▲ {quantity_text(totals.buy_mw)} ", "buy"), (f"▼ {quantity_text(totals.sell_mw)} MW ", "sell")]),
        ]
        if totals.uncounted:
            sections.append((1, [(f" {totals.uncounted} not counted ", "warning")]))
        return sections


def _width(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)


_RANKS_KEPT = (4, 3, 2, 1)
"""Ranks to keep, tried in this sequence: other sections are kept before the kill key gets a longer text."""


def _round_trip_text(seconds: float) -> str:
    # Rounded to tens: the last digit would change with every read and carries no information.
    tens_ms = round(seconds * 100) * 10
    return f"{tens_ms} ms" if tens_ms else "<10 ms"
