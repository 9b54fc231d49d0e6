"""The first start without settings: a question at a terminal, otherwise the two commands."""

from pathlib import Path

import pytest

from pbtui.settings.file import load_settings
from tests.cli import key_host
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

OFFER = "Begin with (demo, setup) [demo]: "


def test_without_a_terminal_the_two_commands_are_named(tmp_path: Path) -> None:
    done = Host(tmp_path).invoke()
    file = tmp_path / "xdg_config_home" / "pbtui" / "config.toml"
    assert done.returncode == 2
    said = f"To set one up: pbtui --config {file} setup. To try pbtui without one: pbtui demo"
    assert said in done.stderr.decode()


@pytest.mark.real_time
def test_set_up_is_followed_by_the_desk(tmp_path: Path, exchange: RunningExchange) -> None:
    host = key_host.Host(tmp_path, variables={"PBTUI_API_KEY_TEST": exchange.keys["trader"], "TERM": "dumb"})
    answers = [
        (OFFER, "what?\n"),
        (OFFER, "s\n"),
        ("URL: ", f"{exchange.base_url}\n"),
        ("[test]: ", "\n"),
        ("[test]: ", "\n"),
    ]
    code, shown = host.at_terminal(answers=answers)
    assert load_settings(host.settings_file).profile(None).name == "test"
    # The desk was opened, and says what it does not like about this terminal.
    assert (code, "this terminal (TERM=dumb) can't be drawn on" in shown) == (2, True)


@pytest.mark.real_time
def test_enter_begins_the_demo(tmp_path: Path) -> None:
    host = key_host.Host(tmp_path, variables={"TERM": "dumb"})
    code, shown = host.at_terminal(answers=[(OFFER, "\n")])
    assert (code, "this terminal (TERM=dumb) can't be drawn on" in shown) == (2, True)
    assert not host.settings_file.exists()
