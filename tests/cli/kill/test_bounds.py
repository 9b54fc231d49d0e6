"""The bounds of `pbtui kill` on the command line, and that the copied command has those of the prompt."""

import shlex
from itertools import product
from typing import Any

import click
import pytest

from pbtui.api.structs import replace
from pbtui.cli.kill.bounds import bounded
from pbtui.cli.kill.command import kill, needs_words
from pbtui.cli.main import main
from pbtui.desk.kill.commands import confirm_command, kill_command, rearm_command
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import KillPlan, plan_for
from pbtui.settings.kill import KillAction, KillSettings
from pbtui.settings.profiles import Profile

URL = "https://host.example/acme/epex/v2/api"
AMP, FR, UNNAMED = "10YDE-RWENET---I", "10YFR-RTE------C", "10Y1001A1001A82H"
WIDE = Profile(name="desk", base_url=URL)
NARROW = Profile(name="desk", base_url=URL, kill=KillSettings(delivery_areas=("AMP",), products=("XBID_Hour_Power",)))


def parsed(arguments: list[str]) -> dict[str, Any]:
    group = click.Context(main, **main.context_settings)  # kill keeps the names of its help option, which come from it
    return kill.make_context("kill", arguments, parent=group).params


def plan_of(profile: Profile, arguments: list[str]) -> KillPlan:
    """The plan that the command would fire."""
    given = parsed(arguments)
    plan = plan_for(profile, None if given["action"] is None else KillAction(given["action"]))
    exclude = given["exclude_pre_arranged"]
    return bounded(plan, given["delivery_areas"], given["products"], exclude_pre_arranged=exclude)


@pytest.mark.parametrize("profile", [WIDE, NARROW])
@pytest.mark.parametrize("action", KillAction)
def test_the_copied_command_fires_the_plan_of_the_prompt(profile: Profile, action: KillAction) -> None:
    areas, products = ((), (AMP,), (FR, UNNAMED)), ((), ("XBID_Hour_Power",), ("A product", "B"))
    for area, name, includes in product(areas, products, (True, False)):
        plan = replace(plan_for(profile, action), delivery_areas=area, products=name, includes_pre_arranged=includes)
        words = shlex.split(kill_command(profile, plan))
        assert words[:4] == ["pbtui", "--profile", "desk", "kill"]
        assert parsed(words[4:])["yes"]
        fired = plan_of(profile, words[4:])
        assert (fired.call, fired.scope) == (plan.call, plan.scope)


def test_a_comma_is_a_part_of_the_name_of_a_product() -> None:
    assert plan_of(WIDE, ["--action=delete-all", "--product=Hour, Power"]).products == ("Hour, Power",)


def test_a_plan_as_the_settings_have_it_needs_no_bounds() -> None:
    assert kill_command(NARROW, plan_for(NARROW)) == "pbtui --profile desk kill --yes --action=deactivate-mine"
    assert kill_command(Profile(name="demo", base_url=URL), plan_for(WIDE)) == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("--action=deactivate-all --delivery-area=amp", "--delivery-area is no bound of deactivate-all"),
        ("--product=B", "--product is no bound of deactivate-mine"),
        ("--action=delete-all --product=''", "a name is empty"),
        ("--action=delete-mine --exclude-pre-arranged", "--exclude-pre-arranged is no bound of delete-mine"),
        ("--delivery-area=amp,all", "all can't stand beside others"),
        ("--delivery-area=", "an id is empty"),
        ("--delivery-area=nowhere", "nowhere is not the short name of a known area"),
    ],
)
def test_bounds_that_do_not_hold_are_refused(arguments: str, reason: str) -> None:
    with pytest.raises(click.UsageError, match=reason):
        plan_of(NARROW, shlex.split(arguments))


@pytest.mark.parametrize(
    ("profile", "arguments", "words"),
    [
        (NARROW, "", False),
        (NARROW, "--exclude-pre-arranged --delivery-area=amp", False),
        (WIDE, "--delivery-area=amp", False),
        (NARROW, "--delivery-area=amp,fr", True),
        (NARROW, "--delivery-area=all", True),
        (NARROW, "--action=delete-mine", True),
        (NARROW, "--action=deactivate-all --product=XBID_Hour_Power", True),
    ],
)
def test_a_scope_that_is_wider_than_the_settings_needs_typed_words(
    profile: Profile, arguments: str, words: bool
) -> None:
    assert needs_words(profile, plan_of(profile, shlex.split(arguments))) == words


def test_the_copied_command_lifts_the_halt_of_the_prompt() -> None:
    assert rearm_command(WIDE, Halt(reason="kill fired")) == "pbtui --profile desk rearm"
    others = Halt(reason="kill fired", profile="night", is_others=True)
    assert shlex.split(rearm_command(WIDE, others, "it's calm")) == [
        *("pbtui", "--profile", "desk", "rearm", "--halt-of=night", "--reason=it's calm")
    ]


def test_the_copied_command_of_the_second_person_confirms() -> None:
    assert confirm_command(WIDE) == "pbtui --profile desk rearm --confirm"
    assert confirm_command(Profile(name="demo", base_url=URL)) == ""
