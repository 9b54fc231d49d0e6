"""The kill switch on the screen: where the key works, what fires, what does not, and going back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from textual.events import Paste
from textual.widgets import Input

from pbtui.desk.journal.chain import read_journal
from pbtui.desk.journal.writer import Journal, journal_files
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.protocol.timing import Timing
from pbtui.desk.kill.recovery.rearming import rearm
from pbtui.desk.storage.places import halt_file, owner_of
from pbtui.settings.kill import KillAction, KillGuard, KillSettings
from pbtui.settings.profiles import Environment
from pbtui.ui.app import DeskApp
from pbtui.ui.dialogs import prompt
from pbtui.ui.dialogs.command_prompt import COPIED, TypedCommandPrompt
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.kill import controls as kill_controls
from pbtui.ui.kill import key as kill_key
from pbtui.ui.kill.account_wide_form import StatusForm
from pbtui.ui.kill.key_proof import has_arrived
from pbtui.ui.kill.narrowing import NarrowingForm
from pbtui.ui.kill.prompt import KillPrompt
from pbtui.ui.kill.rearm_prompt import RearmPrompt
from pbtui.ui.kill.report import KillReport
from pbtui.ui.kill.restore_form import RestoreForm
from pbtui.ui.terminal import moment
from pbtui.ui.terminal.input import QUIET_S
from pbtui.ui.tickets.preview import TicketPreview
from tests.desk.kill.armed import armed_at
from tests.exchange import RunningExchange
from tests.raw_server import drop, raw_server
from tests.ui.desk_under_test import OWNER, DeskPilot, a_desk_app, a_profile, desk_on

pytestmark = pytest.mark.usefixtures("seen_quiet")

SHORT_REST_S = 0.05


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let keys count soon after a prompt is shown. Keys that come too soon are tested with a rest that never ends."""
    monkeypatch.setattr(prompt, "KEY_REST_S", SHORT_REST_S)
    for module in (kill_key, kill_controls):
        monkeypatch.setattr(module, "REST_S", SHORT_REST_S)


class KillPilot(DeskPilot):
    """A trader with a finger on the kill key."""

    exchange: RunningExchange

    @property
    def desk_app(self) -> DeskApp:
        """The application with what it has beside its screens."""
        assert isinstance(self.app, DeskApp)
        return self.app

    async def prompt(self, kind: type[Any] = KillPrompt) -> Any:
        """Wait for this prompt, until it takes keys that fire."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.app.screen.has_rested)
        return self.app.screen

    async def type_word(self, word: str) -> None:
        """Type a word that is asked for."""
        await self.prompt(TypedPrompt)
        await self.press(*["space" if letter == " " else letter for letter in word])

    def kills(self) -> list[dict[str, Any]]:
        """The requests that changed orders."""
        return [request for request in self.exchange.requests() if request["method"] != "GET"]

    def is_halted(self) -> bool:
        """Whether the newest view says so."""
        view = self.desk._desk_thread.latest
        return view is not None and view.halted is not None


@asynccontextmanager
async def at_desk(
    exchange: RunningExchange,
    key: str = "trader",
    size: tuple[int, int] = (120, 32),
    timing: Timing = Timing(read_every_s=0.1),  # noqa: B008 - it is immutable
    **profile: object,
) -> AsyncIterator[KillPilot]:
    profile.setdefault("read_only", False)
    app = a_desk_app(exchange.base_url, exchange.keys[key], timing=timing, **cast("Any", profile))
    async with desk_on(app, size) as pilot:
        desk = KillPilot(pilot.pilot)
        desk.exchange = exchange
        await desk.until_shown("LIVE", "[1 Active")
        exchange.forget_requests()
        yield desk


# ---------------------------------------------------------------- the key


async def test_a_kill_from_a_small_terminal_with_a_form_open(exchange: RunningExchange) -> None:
    exchange.run_algorithm("Spread", "DE1")
    async with at_desk(exchange, size=(80, 24)) as desk:
        await escape_in_a_form_lifts_the_halt_and_keeps_the_form(desk)
        await desk.press("escape")
        await desk.until(lambda: desk.app.screen is desk.desk)
        await the_quota_and_the_algorithms_are_shown_before_the_kill_and_who_runs_after_it(desk)


async def escape_in_a_form_lifts_the_halt_and_keeps_the_form(desk: KillPilot) -> None:
    await desk.press("a", "ctrl+r")
    await desk.until(lambda: isinstance(desk.app.screen, EntryForm))
    await desk.press("tab", *"4711")
    form, field = desk.app.screen, desk.app.focused
    assert isinstance(field, Input)
    field.cursor_position = 2
    await desk.press("f9")
    await desk.prompt()
    await desk.until(desk.is_halted)
    assert "PUT /orders/list DEAC" in desk.text()
    assert "k  DEACTIVATE MINE" in desk.line_of_cursor()
    await desk.press("enter", "f9", "o", "1", "escape", "escape")
    await desk.until(lambda: not isinstance(desk.app.screen, KillPrompt | TypedPrompt))
    assert desk.app.screen is form
    assert desk.app.focused is field
    assert (field.value, field.cursor_position) == ("4711", 2)
    await desk.until(lambda: not desk.is_halted())
    assert desk.kills() == []


async def the_quota_and_the_algorithms_are_shown_before_the_kill_and_who_runs_after_it(desk: KillPilot) -> None:
    await desk.press("f9")
    await desk.prompt()
    await desk.until_shown("% used, room is left; needs 1 request for", "Spread on DE1: heartbeat ")
    await desk.press("o", "3")
    await desk.prompt(TypedPrompt)
    await desk.until_shown("Quota of order actions: 0 % used, room is left; needs 1 request, without")
    await desk.press("escape")
    await desk.prompt()
    await desk.press("k")
    await desk.until_shown("kill: Spread on DE1, ", "heartbeat ")


async def test_the_key_works_on_every_screen_and_a_narrowed_kill_leaves_other_orders_active(
    exchange: RunningExchange,
) -> None:
    orders = exchange.orders()
    amp = [order for order in orders if order["delivery_area"] == "10YDE-RWENET---I"]
    assert 0 < len(amp) < len(orders)
    async with at_desk(exchange) as desk:
        await the_key_works_on_every_screen_and_opens_once(desk)
        await a_kill_is_narrowed_to_an_area(desk, len(amp), len(orders) - len(amp))
    assert len(exchange.orders()) == len(orders) - len(amp)


async def the_key_works_on_every_screen_and_opens_once(desk: KillPilot) -> None:
    for keys in ((), ("question_mark",), ("ctrl+p",), ("slash", "p"), ("s",), ("d",), ("t",)):
        await desk.press(*keys)
        below = desk.app.screen
        assert (below is desk.desk) == (keys in ((), ("slash", "p")))
        await desk.press("f9", "f9")
        await desk.until(lambda: isinstance(desk.app.screen, KillPrompt))
        assert sum(isinstance(screen, KillPrompt) for screen in desk.app.screen_stack) == 1
        await desk.press("escape")
        assert desk.app.screen is below
        await desk.press("escape")
        await desk.until(lambda: desk.app.screen is desk.desk)
    assert desk.kills() == []


async def a_kill_is_narrowed_to_an_area(desk: KillPilot, count: int, others: int) -> None:
    await desk.press("f9")
    await desk.prompt()
    await desk.press("p", "C")
    command = "pbtui --profile test kill --yes --action=deactivate-mine --exclude-pre-arranged"
    await desk.until_shown(COPIED, command)
    assert (desk.app.clipboard, desk.kills()) == (command, [])
    await desk.press("p")
    await desk.until(lambda: COPIED not in desk.text())  # the prompt shows more than the command withdraws
    await desk.press("n")
    await desk.prompt(NarrowingForm)
    await desk.paste("nowhere")
    await desk.press("ctrl+s")
    await desk.until_shown("nowhere is not the short name of a known area")
    await desk.press("ctrl+u")
    await desk.paste("10YDE-RWENET--I")
    await desk.press("ctrl+s")
    await desk.until_shown("has 15 characters")
    await desk.press("ctrl+u", *"amp", "tab", *"all", "ctrl+s")
    await desk.until_shown("leave it empty for all")
    await desk.press("ctrl+u", "ctrl+s")
    await desk.prompt()
    await desk.until_shown(f"{count} orders · ", "in AMP (10YDE-RWENET---I)")
    await desk.press("K")  # as with caps lock
    verdict = f"KILL VERIFIED 0 ACTIVE in AMP, {others} outside "
    await desk.until_shown(verdict, f"{count} → 0")
    await desk.prompt(KillReport)
    await desk.press("escape")
    await desk.until(lambda: desk.app.screen is desk.desk)
    await desk.pilot.resize_terminal(160, 48)
    await desk.until(lambda: f"F9 {verdict}" in desk.lines()[0] and f"HALTED  {verdict}" in desk.text())
    await desk.pilot.resize_terminal(80, 24)
    await desk.until(lambda: "F9 VERIFIED in AMP" in desk.lines()[0])


async def test_one_further_key_fires_and_it_is_verified(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = len(exchange.orders())
    async with at_desk(exchange, environment="production") as desk:
        assert f"F9 → deactivate {mine} " in desk.text()
        with monkeypatch.context() as patched:
            # As if all keys came close together, however slow this machine is.
            patched.setattr(kill_controls, "REST_S", 3600.0)
            await desk.press("f9", "k", "k")
            await desk.prompt()
            assert desk.kills() == [], "keys of the first moments count"
            assert f"{mine} orders · " in desk.text()
            await desk.press("k")
            await desk.until_shown("k was ignored: it came too soon after another key. Press k again.")
        assert desk.kills() == []
        await desk.prompt()
        await desk.press("k")
        await desk.until_shown("KILL VERIFIED 0 ACTIVE", f"{mine} → 0", f"{mine} deactivated")
        await desk.until(lambda: "F9 KILL VERIFIED 0 ACTIVE" in desk.lines()[1])
        assert exchange.orders() == []
        assert {request["path"].rpartition("/v2/api")[2] for request in desk.kills()} == {"/orders/list"}
        await desk.prompt(KillReport)
        await desk.until_shown("Close, the watch goes on")
        await desk.press("escape", "a")
        await desk.until_shown("HALTED", "no new order: ")
        await desk.press("plus")
        await desk.until_shown("trading is halted, so no step was staged: ")
        await desk.press("f9")
        await desk.until_shown("KILL VERIFIED")
        await desk.prompt(KillReport)
        fired = len(desk.kills())
        await desk.press("k")
        await desk.until_shown("0 → 0", "Fired first: KILL VERIFIED 0 ACTIVE", f", orders {mine} → 0")
        assert len(desk.kills()) == fired, "there was nothing left to fire at"
        await desk.press("o")
        await desk.until_shown("HALTED: KILL VERIFIED", "The actions here were not sent yet", "DELETE EVERYTHING")
    owner = owner_of(a_profile(exchange.base_url, environment="production"))
    assert halt_file(owner).exists()


async def test_a_silent_server_gives_unknown_and_shows_the_phones() -> None:
    kill = KillSettings(action=KillAction.DELETE_MINE, phones=("exchange desk +43 1 2345",))
    timing = Timing(unknown_after_s=0.2, retry_after_s=(0.1, 0.1))
    async with raw_server(drop) as server:
        app = a_desk_app(server.base_url, timing=timing, read_only=True, portfolios=("P1",), kill=kill)
        async with desk_on(app) as pilot:
            desk = KillPilot(pilot.pilot)
            await desk.until_shown("F9 → delete ?")
            await desk.press("f9")
            await desk.until_shown("No orders were read yet", "DELETE /orders", "all orders of P1", "not read yet")
            assert "0 orders" not in desk.text()
            await desk.prompt()
            await desk.press("k")
            await desk.until_shown("KILL UNKNOWN", "exchange desk +43 1 2345", "pbtui --profile test kill --print-curl")
            assert "read for" not in desk.text()
            await desk.press("y")
            assert app.clipboard.startswith("curl ")
            assert app.clipboard.endswith("/orders?portfolio_id=P1'")
            assert "a-key" not in desk.text() + app.clipboard
            assert any(request.target.endswith("/orders?portfolio_id=P1") for request in server.requests)
            app.kill_thread.dismiss(app.kill_thread.state.attempts)


# ---------------------------------------------------------------- what stands before an attempt


async def test_an_action_that_is_not_armed_asks_for_a_typed_word(exchange: RunningExchange) -> None:
    async with at_desk(exchange) as desk:
        await desk.until(lambda: desk.desk.dialogue.view.blotter.deactivated)
        asleep = desk.desk.dialogue.view.blotter.deactivated
        await desk.press("f9")
        await desk.prompt()
        await desk.press("2")
        assert isinstance(desk.app.screen, KillPrompt), "an action that is not shown can't be chosen"
        await desk.press("o")
        await desk.until_shown("Each of these needs a typed word", "DELETE EVERYTHING")
        await desk.press("2")
        await desk.until_shown(
            "At the last read:",
            f"and {len(asleep)} deactivated, permanently",
            "deactivated orders too, permanently",
        )
        await desk.until_shown("delete mine to fire")
        await desk.type_word("delete min")
        desk.app.post_message(Paste("e"))
        await desk.press("enter", "escape")
        await desk.prompt()
        assert desk.kills() == []
        await desk.press("4")
        await desk.until_shown("EVERYTHING at epex", "tenants", "At the last read: at least")
        await desk.press("escape")
        await desk.prompt()
        await desk.press("2")
        await desk.type_word("delete mine")
        await desk.until_shown("KILL VERIFIED", "deleted")
        assert {request["method"] for request in desk.kills()} == {"DELETE"}
        await desk.until(lambda: not desk.desk.dialogue.view.blotter.deactivated)


async def test_a_refused_account_wide_kill_shows_what_was_fired_instead(exchange: RunningExchange) -> None:
    kill = KillSettings(action=KillAction.DEACTIVATE_ALL)
    async with at_desk(exchange, kill=kill) as desk:
        assert "F9 → deactivate EVERYTHING" in desk.text()
        await desk.press("f9")
        await desk.prompt()
        await desk.press("k")
        await desk.until_shown("KILL VERIFIED, PARTIAL SCOPE: 0 ACTIVE", "PARTIAL SCOPE: all orders of every portfolio")
        await desk.until(lambda: "F9 VERIFIED, PARTIAL" in desk.lines()[0])
    assert exchange.orders() == []


async def test_the_armed_action_comes_first_and_its_warnings_stay_while_the_others_are_shown(
    exchange: RunningExchange,
) -> None:
    active = len(exchange.orders())
    kill = KillSettings(delivery_areas=("10YES-REE------0",))
    async with at_desk(exchange, size=(80, 24), kill=kill) as desk:
        await desk.press("f9")
        await desk.prompt()
        await desk.until_shown("DEACTIVATE MINE", f"THE BOUNDS MATCH NONE of the {active} active", "Nothing was sent")
        assert "DELETE MINE" not in desk.text()
        text = desk.text()
        assert text.index("k  DEACTIVATE MINE") < text.index("THE BOUNDS MATCH NONE") < text.index("Nothing was sent")
        assert f"{active} active orders outside: portfolio " in text
        await desk.press("o")
        await desk.until_shown("DELETE MINE", "DEACTIVATE EVERYTHING", "DELETE EVERYTHING")
        assert "k  DEACTIVATE MINE" in desk.text()
        assert f"THE BOUNDS MATCH NONE of the {active} active" in desk.text()
        assert "F9 KILL" in desk.lines()[0] or "F9 → " in desk.lines()[0]
        await desk.press("o")
        await desk.until(lambda: "DELETE MINE" not in desk.text())
        assert desk.kills() == []


async def test_the_figures_say_what_they_cover(exchange: RunningExchange) -> None:
    bounds: dict[str, Any] = {"portfolios": ("DE1",), "delivery_areas": ("10YDE-RWENET---I",)}
    count = len(exchange.orders(portfolio_id="DE1", delivery_area="10YDE-RWENET---I"))
    async with at_desk(exchange, **bounds) as desk:
        await desk.press("f9")
        await desk.prompt()
        await desk.until_shown("Orders of DE1 in AMP (10YDE-RWENET---I) read ", f" {count} orders · ")
        await desk.press("o")
        await desk.until_shown("DELETE EVERYTHING")
        assert desk.text().count("at least") == len(KillAction) // 2
        await desk.press("n")
        await desk.prompt(NarrowingForm)
        await desk.press("ctrl+u", "ctrl+s")
        await desk.prompt()
        await desk.until(lambda: desk.text().count("at least") == len(KillAction))


async def test_one_key_fires_once_though_both_threads_see_it_and_the_screen_is_late(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen waits until the key is certain to be alone, and has replaced the prompt when it is."""
    late_s = 0.5
    async with at_desk(exchange) as desk:
        with monkeypatch.context() as late:
            late.setattr(moment, "QUIET_S", late_s)
            desk.desk_app.key_watch.keys_read(["f9"])
            await desk.press("f9")
            await desk.prompt()
            await desk.pilot.pause(kill_key.REST_S)
            desk.desk_app.key_watch.keys_read(["k"])
            pressed = moment.TerminalKey("k", "k", 5.0)
            desk.app.post_message(pressed)
            await desk.until(lambda: desk.desk_app._newest_key is pressed)
            is_over = asyncio.Event()
            desk.app.set_timer(1.5 * late_s, is_over.set)
            desk.desk_app.key_watch.input_ended()
            await desk.prompt(KillReport)
            await is_over.wait()
            assert desk.desk_app.kill_thread.state.attempts == 1
        await the_key_does_not_repeat_a_kill_while_another_plan_is_shown(desk)


async def the_key_does_not_repeat_a_kill_while_another_plan_is_shown(desk: KillPilot) -> None:
    app = desk.desk_app
    await desk.until_shown("KILL VERIFIED")
    await desk.prompt(KillReport)
    await desk.press("o")
    await desk.prompt()
    app.key_watch.keys_read(["f9"])
    await desk.pilot.pause(2 * kill_key.REST_S)
    app.key_watch.keys_read(["k"])
    await desk.pilot.pause(2 * QUIET_S)
    app.key_watch.tick()
    assert app.kill_thread.state.attempts == 1


async def test_a_key_that_fires_fires_at_once_if_the_line_is_lost_after_it(exchange: RunningExchange) -> None:
    async with at_desk(exchange) as desk:
        app = cast("DeskApp", desk.app)
        app.key_watch.keys_read(["f9"])
        await desk.pilot.pause(2 * kill_key.REST_S)
        app.key_watch.keys_read(["k"])
        assert app.kill_thread.state.attempts == 0
        app.key_watch.input_ended()
        assert app.kill_thread.state.attempts == 1
        await desk.until_shown("KILL VERIFIED")  # a kill that goes on would halt the desk of the next test


async def test_a_kill_refused_at_once_has_a_verdict(exchange: RunningExchange) -> None:
    async with at_desk(exchange, timing=Timing(read_every_s=0.1, refused_after_s=0.5)) as desk:
        exchange.faults(unauthorized=True)
        await desk.press("f9")
        await desk.prompt()
        await desk.press("k")
        await desk.until_shown("KILL REFUSED")
        app = cast("DeskApp", desk.app)
        await desk.until(lambda: not app.kill_thread.state.is_deciding)


async def test_the_countdown_fires_by_itself_unless_escape_is_pressed(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(exchange, kill=KillSettings(guard=KillGuard.GRACE)) as desk:
        monkeypatch.setattr(kill_key, "GRACE_S", 60.0)  # a busy machine needs its time to show it
        await desk.press("f9")
        await desk.until_shown("KILL IN ")
        await desk.press("escape")
        await desk.until(lambda: not desk.is_halted())
        assert desk.kills() == []
        monkeypatch.setattr(kill_key, "GRACE_S", 0.5)
        await desk.press("f9")
        await desk.until_shown("KILL VERIFIED 0 ACTIVE")
        await desk.press("escape", "f9")
        await desk.prompt(KillReport)
        assert "KILL IN" not in desk.text()


async def test_the_fire_key_fires_in_a_terminal_that_is_too_small_to_show_what_it_does(
    exchange: RunningExchange,
) -> None:
    async with at_desk(exchange) as desk:
        await desk.pilot.resize_terminal(20, 5)
        await desk.press("f9")
        await desk.prompt()
        assert "Too small" not in desk.text()
        await desk.press("k")
        await desk.until(desk.kills)


async def test_a_stopped_countdown_is_shown(exchange: RunningExchange) -> None:
    async with at_desk(exchange, kill=KillSettings(guard=KillGuard.GRACE)) as desk:
        desk.desk_app.key_watch.keys_read(["x", "f9"])  # as they come together over a line that lags
        await desk.press("f9")
        await desk.until_shown("The countdown was stopped. Press k to fire.")
        await desk.prompt()
        await desk.press("k")
        await desk.until_shown("KILL VERIFIED 0 ACTIVE")


# ---------------------------------------------------------------- the key itself


async def test_the_desk_asks_for_a_test_of_the_key_until_it_was_received(exchange: RunningExchange) -> None:
    app = a_desk_app(exchange.base_url, exchange.keys["trader"], kill_key_has_arrived=False, kill_keys=("f12", "f10"))
    async with desk_on(app) as pilot:
        desk = KillPilot(pilot.pilot)
        desk.exchange = exchange
        await desk.until_shown("F12 untested →", "press the kill key once to test it; nothing is sent")
        assert "F12 KILL" in desk.lines()[-1]
        assert "F9" not in desk.text()
        await desk.press("f9")
        assert app.screen is desk.desk
        await desk.command("Kill…")
        await desk.prompt()
        assert "The kill key works" not in desk.text(), "the palette proves nothing about the key"
        await desk.press("escape")
        await desk.until_shown("F12 untested →")
        await desk.press("f12")
        await desk.until_shown("The kill key works")
        await desk.press("escape")
        await desk.until(lambda: "untested" not in desk.text())
        await desk.until(lambda: has_arrived(a_profile(exchange.base_url)))
        assert desk.kills() == []


# ---------------------------------------------------------------- the way back


def full(fd: int, data: bytes) -> int:
    raise OSError(28, "No space left on device")


async def test_halted_until_re_armed_and_then_chosen_orders_are_activated(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(exchange, kill=KillSettings(guard=KillGuard.TYPED)) as desk:
        await the_typed_guard_needs_a_typed_word_for_the_own_action_too(desk)

    async with at_desk(exchange) as desk:
        await desk.until_shown("HALTED", "kill deactivate-mine fired")
        await desk.command("Re-arm…")
        await desk.prompt(RearmPrompt)
        await desk.press("ctrl+s")
        await desk.until_shown("enter a reason")
        await desk.press(*"calm", "ctrl+y")
        command = "pbtui --profile test rearm --reason=calm"
        await desk.until_shown(f"{COPIED}: {command}")
        assert (desk.app.clipboard, desk.is_halted()) == (command, True)
        await desk.press("ctrl+s")
        await desk.type_word("test")
        with monkeypatch.context() as disk:
            disk.setattr("os.write", full)
            await desk.press("enter")
            await desk.until_shown("still halted: the journal can't be written: No space left on device")
        assert desk.is_halted()
        await desk.command("Re-arm…")
        await desk.prompt(RearmPrompt)
        await desk.press(*"calm", "ctrl+s")
        await desk.type_word("test")
        await desk.press("enter")
        await desk.until_shown("Re-armed.")
        await desk.until(lambda: not desk.is_halted())
        assert (desk.kills(), exchange.orders()) == ([], [])
        await desk.command("Restore after a kill…")
        form = await desk.prompt(RestoreForm)
        await desk.until_shown("portfolio DE1  order ")
        listed = [line.before for line in form.lines if not line.obstacle]
        assert listed == sorted(listed, key=lambda order: (order.delivery_start, order.key))
        await desk.press("ctrl+s")
        assert isinstance(desk.app.screen, RestoreForm), "nothing is chosen by itself"
        await desk.press("space")
        assert "▸[ ]" in desk.line_of_cursor()
        await desk.press("space", "ctrl+s")
        await desk.prompt(TicketPreview)
        await desk.until_shown("Activate 2 orders")
        await desk.press("y")
        await desk.until(lambda: len(exchange.orders()) == 2)
    (journal,) = [file for file in journal_files(OWNER) if any(e.kind == "re-arm" for e in read_journal(file).entries)]
    assert "calm" in journal.read_text()


async def test_a_re_arm_elsewhere_ends_the_halt_of_the_desk_that_fired(exchange: RunningExchange) -> None:
    async with at_desk(exchange) as desk:
        profile = a_profile(exchange.base_url)
        for _ in range(2):  # the second kill key opens the report, which arms it again
            await desk.press("f9")
            await desk.until(lambda: isinstance(desk.app.screen, KillPrompt | KillReport))
            if not desk.kills():
                await desk.prompt()
                await desk.press("k")
                await desk.prompt(KillReport)
                await desk.until_shown("KILL VERIFIED 0 ACTIVE")
            await desk.press("escape")
            await desk.until(lambda: desk.app.screen is desk.desk)
        assert desk.is_halted()
        with Journal(profile) as journal:
            rearm(profile, journal, "calm", read_halt(profile))
        await desk.until(lambda: not desk.is_halted())


async def the_typed_guard_needs_a_typed_word_for_the_own_action_too(desk: KillPilot) -> None:
    await desk.press("f9")
    await desk.prompt()
    await desk.until_shown("k Type the word to fire")
    await desk.press("k")
    await desk.type_word("deactivate mine")
    await desk.until_shown("KILL VERIFIED 0 ACTIVE")


async def test_re_arming_stops_a_running_kill(exchange: RunningExchange) -> None:
    mine = len(exchange.orders())
    exchange.faults(spare_on_kill={"value": 1, "times": 10_000})
    timing = Timing(read_every_s=0.2, fire_again_after_s=(0.05, 0.1), then_every_s=0.2)
    kill = KillSettings(phones=("exchange desk +43 1 2345",))
    async with at_desk(exchange, timing=timing, kill=kill) as desk:
        await desk.press("f9")
        await desk.prompt()
        await desk.press("k")
        await desk.until_shown(f"KILL INCOMPLETE: {mine} STILL ACTIVE", "Call:", "Still active")
        assert desk.text().index("exchange desk +43 1 2345") < desk.text().index("Still active")
        await desk.press("end")
        await desk.until_shown("Requests, newest first")
        await desk.press("escape")
        await desk.command("Re-arm…")
        await desk.prompt(RearmPrompt)
        message = f"{mine} orders are still active. The kill is still running; re-arming stops it."
        await desk.until_shown(message)
        await desk.press(*"calm", "ctrl+s")
        await desk.until_shown(message)
        await desk.type_word("test")
        await desk.press("enter")
        await desk.until_shown("Re-armed.")
        await desk.until(lambda: not desk.desk_app.kill_thread.state.is_deciding)
        assert "shows it" not in desk.text()
        fired = len(desk.kills())
        await desk.pilot.pause(0.4)
        assert len(desk.kills()) == fired


async def test_a_desk_that_did_not_fire_warns_how_the_kill_ended_before_it_re_arms(exchange: RunningExchange) -> None:
    exchange.faults(unauthorized=True)
    async with armed_at(exchange, environment=Environment.SIMULATION) as kill:
        kill.begin()
        await kill.until_phase(Phase.REFUSED)
        await kill.release()
    exchange.faults()
    async with at_desk(exchange) as desk:
        await desk.until_shown("HALTED")
        await desk.command("Re-arm…")
        await desk.prompt(RearmPrompt)
        await desk.until_shown("ended as REFUSED", "orders may be active, or be entered still")


async def test_everything_at_the_exchange_is_changed_after_typed_words(exchange: RunningExchange) -> None:
    async with at_desk(exchange, "admin") as desk:
        await desk.command("Deactivate everything at epex…")
        await desk.prompt(StatusForm)
        await desk.press("ctrl+s")
        await desk.prompt(TypedCommandPrompt)
        await desk.press("ctrl+y")
        assert desk.desk_app.clipboard.endswith(" account deactivate")
        await desk.type_word("deactivate everything")
        await desk.until_shown("The server accepted the call")
        (request,) = desk.kills()
        assert request["body"] == {"orderModType": "DEAC", "inclPreArranged": False}
        assert not desk.is_halted()


async def test_an_accepted_change_of_everything_is_said_although_the_read_after_it_fails(
    exchange: RunningExchange,
) -> None:
    async with at_desk(exchange, "admin") as desk:
        await desk.command("Activate everything at epex…")
        await desk.prompt(StatusForm)
        await desk.press("ctrl+s")
        await desk.prompt(TypedCommandPrompt)
        exchange.faults(errors={"value": {"403": 1.0}, "methods": ["GET"]})
        await desk.type_word("activate everything")
        await desk.until(lambda: len(desk.kills()) == 1)
        await desk.until_shown("1 earlier problem: n")  # it and the desk's own read, which can come in any sequence
        await desk.until(lambda: desk.app.screen is desk.desk)
        await desk.press("n")
        await desk.until_shown("The server accepted the call to activate everything. It is not known which orders")


async def test_a_change_of_everything_that_the_server_refuses_says_so(exchange: RunningExchange) -> None:
    async with at_desk(exchange, "admin") as desk:
        await desk.command("Activate everything at epex…")
        await desk.prompt(StatusForm)
        await desk.press("ctrl+s")
        await desk.prompt(TypedCommandPrompt)
        exchange.faults(errors={"value": {"403": 1.0}, "methods": ["PUT"]})
        await desk.type_word("activate everything")
        await desk.until_shown("activate everything: refused: PUT /orders/status")
