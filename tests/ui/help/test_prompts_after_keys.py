"""The keys after which a prompt comes that a key confirms: the same key must not confirm it."""

from collections.abc import Awaitable, Callable

from textual.binding import Binding

from pbtui.ui.dialogs.prompt import Prompt
from pbtui.ui.help.own_keys import OPENED_BY
from pbtui.ui.kill.narrowing import NarrowingForm
from pbtui.ui.kill.prompt import KillPrompt
from pbtui.ui.tickets.overview import TicketList
from pbtui.ui.tickets.preview import TicketPreview
from pbtui.ui.widgets.key_names import KILL_BINDING
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, an_order, trader_at

Way = Callable[[Trader], Awaitable[None]]
"""The way to a place from the desk."""


async def go_home(trader: Trader) -> None:
    while trader.app.screen is not trader.desk or trader.app.focused is not trader.desk.table:
        await trader.press("escape")
        await has_answered(trader)


async def has_answered(trader: Trader) -> None:
    """Wait until a prompt is there, or nothing runs any more that could open one."""
    desk = trader.desk
    await trader.until(
        lambda: (
            trader.app.screen is not desk
            or not any(each.node is desk for each in trader.app.workers if each.is_running)
        )
    )


async def prompts_after_keys(trader: Trader, go: Way) -> dict[str, Prompt[object]]:
    """Press the key of each action that works in this place; return the prompts that a key confirms, by action."""
    await go_home(trader)
    await go(trader)
    working = {each.binding.id: key for key, each in trader.app.screen.active_bindings.items() if each.enabled}
    found = {}
    for action_id in working.keys() - {None, KILL_BINDING, "app.palette"}:
        await go_home(trader)
        await go(trader)
        place = trader.app.screen
        await trader.press(working[action_id])
        await has_answered(trader)
        screen = trader.app.screen
        if screen is not place and isinstance(screen, Prompt) and screen.SENDING:
            found[str(action_id)] = screen
    await go_home(trader)
    return found


def bindings_of(prompt: Prompt[object]) -> list[Binding]:
    return [
        each for base in type(prompt).__mro__ for each in vars(base).get("BINDINGS", ()) if isinstance(each, Binding)
    ]


def are_known(found: dict[str, Prompt[object]]) -> None:
    """A key of such an action is refused as one that confirms: by OPENED_BY, or because it works in the prompt too."""
    for action_id, prompt in found.items():
        confirms = {each.id for each in bindings_of(prompt) if each.action.partition("(")[0] in prompt.SENDING}
        assert confirms
        if action_id not in {each.id for each in bindings_of(prompt)}:
            assert [each for each in confirms if action_id not in OPENED_BY[str(each)]] == [], action_id


# ------------------------------------------------------------ the ways


async def to_the_tickets(trader: Trader) -> None:
    await trader.press("t")
    await trader.prompt(TicketList)


async def to_the_narrowing(trader: Trader) -> None:
    await trader.press("f9")
    await trader.prompt(KillPrompt)
    await trader.press("n")
    await trader.prompt(NarrowingForm)


# ------------------------------------------------------------ the tests


async def test_the_form_that_narrows_a_kill_opens_its_prompt_again(exchange: RunningExchange) -> None:
    async with trader_at(exchange) as trader:
        found = await prompts_after_keys(trader, to_the_narrowing)
        assert found.keys() == {"form.submit", "prompt.back"}
        are_known(found)


async def test_a_ticket_that_failed_opens_its_preview_again(exchange: RunningExchange) -> None:
    async with trader_at(exchange) as trader:
        exchange.faults(errors={"value": {"403": 1}, "methods": ["PUT", "DELETE"]})
        await trader.put_cursor_on(an_order(exchange)["order_id"])
        await trader.press("x")
        await trader.send()
        await trader.until_shown("REJECTED")
        exchange.faults()
        found = await prompts_after_keys(trader, to_the_tickets)
        assert found.keys() == {"tickets.offer"}
        assert isinstance(found["tickets.offer"], TicketPreview)
        are_known(found)
