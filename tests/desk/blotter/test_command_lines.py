"""The command lines that list or export what a tab shows, whatever its filter says."""

import shlex
from datetime import UTC, datetime

import pytest

from pbtui.desk.blotter.command_lines import export_command, list_command, trades_command
from pbtui.desk.blotter.own_orders import Tab
from pbtui.settings.profiles import Profile

URL = "https://host.example/acme/epex/v2/api"
DESK = Profile(name="desk", base_url=URL)
IN_AMP = Profile(name="desk", base_url=URL, delivery_areas=("AMP", "10Y1001A1001A82H"))
BOTH_AREAS = "area=AMP,10Y1001A1001A82H"
MIDNIGHT = datetime(2026, 11, 27, 23, tzinfo=UTC)
"""In the market's zone."""
A_NAME = "1000 20261127 14:15"


@pytest.mark.parametrize(
    ("profile", "tab", "text", "words"),
    [
        (DESK, Tab.ACTIVE, " ", []),
        (DESK, Tab.ACTIVE, "side:buy  price>50", ["--filter=side:buy price>50"]),
        (DESK, Tab.ACTIVE, "-5", ["--filter=-5"]),
        (DESK, Tab.DEACTIVATED, "", ["--no-active-only", "--filter=state=deactivated"]),
        (DESK, Tab.RECENT, "a or B", ["--no-active-only", "--filter=a state=gone or B state=gone"]),
        (DESK, Tab.ACTIVE, "contract or !CONTRACT", [f'--filter=contract="{A_NAME}" or !contract="{A_NAME}"']),
        (DESK, Tab.ACTIVE, '"contract" txt:"x or y"', ['--filter="contract" txt:"x or y"']),
        (IN_AMP, Tab.ACTIVE, "", [f"--filter={BOTH_AREAS}"]),
        (IN_AMP, Tab.ACTIVE, "mine or algo", [f"--filter=mine {BOTH_AREAS} or algo {BOTH_AREAS}"]),
    ],
)
def test_orders_are_listed_as_the_tab_shows_them(profile: Profile, tab: Tab, text: str, words: list[str]) -> None:
    command = list_command(profile, tab, text, A_NAME)
    assert shlex.split(command) == ["pbtui", "--profile", "desk", "orders", *words]


@pytest.mark.parametrize(
    ("tab", "text", "words"),
    [
        (Tab.ACTIVE, "", ["!state=deactivated"]),
        (
            Tab.ACTIVE,
            "delivery>tomorrow 06:00 or b",
            ["delivery>tomorrow 06:00 !state=deactivated or b !state=deactivated"],
        ),
        (Tab.DEACTIVATED, "-5", ["--", "-5 state=deactivated"]),
    ],
)
def test_orders_are_exported_as_the_tab_shows_them(tab: Tab, text: str, words: list[str]) -> None:
    assert shlex.split(export_command(IN_AMP, tab, text, "")) == ["pbtui", "--profile", "desk", "export", *words]


@pytest.mark.parametrize(
    ("profile", "text", "options"),
    [
        (DESK, "", []),
        (DESK, "kind:internal or contract", [f'--filter=kind:internal or contract="{A_NAME}"']),
        (IN_AMP, "mw>5", [f"--filter=mw>5 {BOTH_AREAS}"]),
    ],
)
def test_trades_are_listed_as_the_tab_shows_them(profile: Profile, text: str, options: list[str]) -> None:
    words = ["trades", "--from-execution-time=2026-11-28 00:00", "--no-active-only", *options]
    assert shlex.split(trades_command(profile, MIDNIGHT, text, A_NAME)) == ["pbtui", "--profile", "desk", *words]


def test_what_no_command_reaches_has_none() -> None:
    assert export_command(DESK, Tab.RECENT, "", "") == ""
    demo = Profile(name="demo", base_url=URL)
    assert list_command(demo, Tab.ACTIVE, "", "") == export_command(demo, Tab.ACTIVE, "", "") == ""
    assert trades_command(demo, MIDNIGHT, "", "") == ""
