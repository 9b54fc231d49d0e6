"""Confirmations by a typed word: what they confirm, and the command that does the same."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pbtui.api.codes import StatusAction
from pbtui.api.requests import UpdateStatus
from pbtui.api.structs import replace
from pbtui.desk.kill.commands import confirm_command, everything_command
from pbtui.desk.kill.halt import halt_here
from pbtui.desk.team.lone import cut_loose_command
from pbtui.desk.team.store import HaltRecord, RearmRequest
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.command_prompt import COPIED, NO_COMMAND, TypedCommandPrompt
from pbtui.ui.dialogs.typed_prompt import TypedPrompt
from pbtui.ui.forms.lone_prompt import lone_confirmation
from pbtui.ui.kill.account_wide_form import status_confirmation
from pbtui.ui.kill.rearm_prompt import rearm_confirmation, second_confirmation
from tests.ui.dialogs.prompt_under_test import PENDING, PRODUCTION, PromptPilot, prompt_on
from tests.ui.tickets.cases import BERLIN

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HALT = HaltRecord(
    epoch=3,
    token="k1",
    server="a.example",
    portfolios=(),
    reason="price spike",
    operator="ben",
    host="south",
    profile="late",
    desk="d9",
    action="",
    halted_at=AT,
)
REQUEST = RearmRequest(
    id=7, epochs=(3,), operator="ben", host="south", desk="d9", reason="over", until=AT, halts=(HALT,)
)

NAMELESS = replace(REQUEST, halts=(replace(HALT, profile=""),))


def confirmation(profile_name: str) -> TypedCommandPrompt:
    profile = Profile(name=profile_name, base_url="https://a.example/acme/epex/v2/api")
    return second_confirmation(PRODUCTION, REQUEST, BERLIN, confirm_command(profile))


async def test_the_command_that_confirms_can_be_copied_and_confirms_nothing_by_itself() -> None:
    async with prompt_on(lambda: confirmation("house")) as pilot:
        await pilot.press("ctrl+y")
        await pilot.until_shown(COPIED, "pbtui --profile house rearm --confirm")
        assert (pilot.app.clipboard, pilot.result) == ("pbtui --profile house rearm --confirm", PENDING)
        await confirm(pilot)


async def test_a_profile_without_a_command_says_why() -> None:
    async with prompt_on(lambda: confirmation("demo")) as pilot:
        await pilot.press("ctrl+y")
        await pilot.until_shown(NO_COMMAND)
        assert (pilot.app.clipboard, pilot.result) == ("", PENDING)
        await confirm(pilot)


async def confirm(pilot: PromptPilot) -> None:
    await pilot.until(lambda: pilot.prompt.has_rested)
    await pilot.press(*"late", "enter")
    await pilot.until(lambda: pilot.result is True)


HOUSE = Profile(name="house", base_url="https://a.example/acme/epex/v2/api")
PRODUCTS = ("XBID_Hour_Power", "Intraday Power D")


def everything(action: StatusAction) -> UpdateStatus:
    return UpdateStatus(order_mod_type=action, incl_pre_arranged=True, prod_name=PRODUCTS)


@pytest.mark.parametrize(
    ("prompt", "command", "keys"),
    [
        (
            lambda wanted: status_confirmation(PRODUCTION, wanted, everything_command(HOUSE, wanted)),
            "pbtui --profile house account delete --product=XBID_Hour_Power '--product=Intraday Power D' "
            "--include-pre-arranged",
            [*"delete", "space", *"everything"],
        ),
        (
            lambda _: lone_confirmation(PRODUCTION, "store is away", cut_loose_command(HOUSE, "store is away")),
            "pbtui --profile house team cut-loose '--reason=store is away'",
            [*PRODUCTION.profile, "enter"],
        ),
    ],
    ids=["everything", "cut loose"],
)
async def test_the_command_of_a_typed_confirmation_can_be_copied_and_does_nothing_by_itself(
    prompt: Callable[[UpdateStatus], TypedCommandPrompt], command: str, keys: list[str]
) -> None:
    wanted = everything(StatusAction.DELE)
    async with prompt_on(lambda: prompt(wanted)) as pilot:
        await pilot.press("ctrl+y")
        await pilot.until_shown(COPIED)
        assert (pilot.app.clipboard, pilot.result) == (command, PENDING)
        await pilot.until(lambda: pilot.prompt.has_rested)
        await pilot.press(*keys)
        await pilot.until(lambda: pilot.result is True)


def test_only_what_lets_orders_into_the_market_is_read_before_it_is_confirmed() -> None:
    halt = halt_here("kill fired", action="deactivate-mine")
    prompts = [
        rearm_confirmation(PRODUCTION, halt, "calm", "5 orders are still active."),
        confirmation("house"),
        lone_confirmation(PRODUCTION, "store is away", ""),
        *(status_confirmation(PRODUCTION, everything(action), "") for action in StatusAction),
    ]
    waits = {StatusAction.ACTI: True, StatusAction.DEAC: False, StatusAction.DELE: False}
    assert [prompt.must_be_read for prompt in prompts] == [True, True, True, *(waits[each] for each in StatusAction)]


@pytest.mark.parametrize(
    "confirmation",
    [
        lambda: rearm_confirmation(PRODUCTION, halt_here("the kill key was pressed"), "calm", ""),
        lambda: second_confirmation(PRODUCTION, NAMELESS, BERLIN, ""),
    ],
)
async def test_a_halt_without_a_name_is_lifted_by_the_name_of_the_profile(
    confirmation: Callable[[], TypedPrompt],
) -> None:
    async with prompt_on(confirmation) as pilot:
        await pilot.until(lambda: pilot.prompt.has_rested)
        await pilot.until_shown("Type house and press enter")
        await pilot.press("enter")
        assert pilot.result is PENDING
        await pilot.press(*"house", "enter")
        await pilot.until(lambda: pilot.result is True)
