"""The second person's confirmation of a re-arm: what it confirms, and the command that does the same."""

from datetime import UTC, datetime

from pbtui.desk.kill.commands import confirm_command
from pbtui.desk.team.store import HaltRecord, RearmRequest
from pbtui.settings.profiles import Profile
from pbtui.ui.dialogs.command_prompt import COPIED, NO_COMMAND
from pbtui.ui.kill.rearm_prompt import SecondConfirmation
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


def confirmation(profile_name: str) -> SecondConfirmation:
    profile = Profile(name=profile_name, base_url="https://a.example/acme/epex/v2/api")
    return SecondConfirmation(PRODUCTION, REQUEST, BERLIN, confirm_command(profile))


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
