"""State belongs to a server and a profile, and a halt holds for all profiles of its server whose portfolios overlap."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.kill.test_command import entry_options, ran
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange, running_exchange


@pytest.fixture(scope="module")
def other() -> Iterator[RunningExchange]:
    """Another server."""
    with running_exchange() as running:
        yield running


def with_profile(host: Host, name: str, exchange: RunningExchange, **fields: object) -> None:
    """Add a profile to the settings."""
    values = {"base_url": exchange.base_url, "read_only": False, **fields}
    lines = [f"[profiles.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    file.write_text("\n".join([file.read_text(), *lines, ""]))
    host.variables[f"PBTUI_API_KEY_{name.upper()}"] = exchange.keys["trader"]


def test_a_copied_profile_name_re_arms_resumes_and_shows_nothing_of_another_server(
    host: Host, exchange: RunningExchange, other: RunningExchange, tmp_path: Path
) -> None:
    ran(host, "kill", "--yes")
    settings = tmp_path / "other.toml"
    settings.write_text(f'[profiles.desk]\nbase_url = "{other.base_url}"\nread_only = false\n')
    key, host.variables["PBTUI_API_KEY_DESK"] = host.variables["PBTUI_API_KEY_DESK"], other.keys["trader"]
    _, err = ran(host, "--config", str(settings), "rearm", "--yes", "--reason", "wrong server")
    assert "Profile desk is not halted." in err
    other.forget_requests()
    _, err = ran(host, "--config", str(settings), "kill", "--resume", code=2)
    assert "is not halted, so there is no kill to resume" in err
    assert not other.requests()
    out, err = ran(host, "--config", str(settings), "journal", "show")
    assert (out, "is empty" in err) == ("", True)
    ran(host, "--config", str(settings), "add", *entry_options(other), "--yes", "--accept-warnings")
    host.variables["PBTUI_API_KEY_DESK"] = key
    _, err = ran(host, "add", *entry_options(exchange), "--yes", code=2)
    assert "halted: kill deactivate-mine fired, " in err
    _, err = ran(host, "rearm", "--yes", "--reason", "the right one")
    assert "Profile desk is re-armed." in err
    ran(host, "journal", "verify")


def test_a_halt_holds_for_another_profile_and_is_lifted_by_its_name_only(host: Host, exchange: RunningExchange) -> None:
    with_profile(host, "night", exchange)
    ran(host, "kill", "--yes", "--profile", "desk")
    add = ["--profile", "night", "add", *entry_options(exchange), "--yes", "--accept-warnings"]
    exchange.forget_requests()
    _, err = ran(host, *add, code=2)
    assert "halted: kill deactivate-mine fired by profile desk, " in err
    with host.pbtui("--profile", "night") as terminal:
        terminal.until_shown("HALTED", "fired by profile desk")
        terminal.send("q")
        terminal.wait()
    assert all(request["method"] == "GET" for request in exchange.requests())

    _, err = ran(host, "kill", "--profile", "night", "--resume", code=2)
    assert "there is no kill of profile night at this server to resume" in err
    rearm = ["rearm", "--profile", "night", "--yes", "--reason", "checked"]
    _, err = ran(host, *rearm, code=2)
    assert "this is the halt of profile desk" in err
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    assert f"pbtui --config {file} --profile night rearm --halt-of=desk" in err
    _, err = ran(host, *rearm, "--halt-of", "dusk", code=2)
    assert "this is not the halt of profile dusk" in err
    _, err = ran(host, *rearm, "--halt-of", "desk")
    assert "Profile night is re-armed." in err
    ran(host, *add)
    _, err = ran(host, "rearm", "--profile", "desk", "--yes", "--reason", "again")
    assert "Profile desk is not halted." in err
    for name in ("desk", "night"):
        ran(host, "--profile", name, "journal", "verify")
        out, _ = ran(host, "--profile", name, "journal", "show")
        assert "checked" in out


@pytest.mark.parametrize("variable", ["XDG_STATE_HOME", "HOME"])
def test_another_state_folder_or_home_of_the_same_user_sees_the_halt(
    host: Host, exchange: RunningExchange, variable: str, tmp_path: Path
) -> None:
    ran(host, "kill", "--yes")
    (tmp_path / "elsewhere").mkdir()
    host.variables[variable] = str(tmp_path / "elsewhere")
    _, err = ran(host, "add", *entry_options(exchange), "--yes", code=2)
    assert "halted: kill deactivate-mine fired" in err


def test_portfolios_that_do_not_overlap_are_not_halted(host: Host, exchange: RunningExchange) -> None:
    with_profile(host, "one", exchange, portfolios=["DE1"])
    with_profile(host, "two", exchange, portfolios=["FR1"])
    ran(host, "kill", "--yes", "--profile", "two", code=3)
    ran(host, "--profile", "one", "add", *entry_options(exchange), "--yes", "--accept-warnings")


def test_state_of_an_earlier_version_is_moved_with_a_line_that_says_so(host: Host, exchange: RunningExchange) -> None:
    ran(host, "kill", "--yes")
    state = host.home / "xdg_state_home" / "pbtui"
    for kind in ("journal", "journal_heads", "kills", "halt"):
        [path] = (state / kind).iterdir()
        path.rename(path.with_name("desk" + path.suffix * path.is_file()))
    [halt] = (state / "halt").iterdir()
    facts = json.loads(halt.read_text())
    facts["report"] = facts["report"].replace(Path(facts["report"]).parent.name, "desk")
    halt.write_text(json.dumps({name: facts[name] for name in ("reason", "halted_at", "action", "report", "plan")}))
    for file in (host.home / "xdg_runtime_dir" / "pbtui").iterdir():
        file.unlink()

    _, err = ran(host, "journal", "show")
    assert "The state of profile desk from an earlier version was moved to desk@" in err
    assert [path.name for path in (state / "journal").iterdir()] != ["desk"]
    _, err = ran(host, "add", *entry_options(exchange), "--yes", code=2)
    assert "halted: kill deactivate-mine fired" in err
    out, err = ran(host, "kill", "--resume")
    assert "the report of the earlier kill can't be read" not in out + err
    ran(host, "rearm", "--yes", "--reason", "moved")
    ran(host, "journal", "verify")
    assert list((state / "moving").iterdir()) == []


def test_a_journal_whose_profile_left_the_settings_is_found_by_its_name(
    host: Host, exchange: RunningExchange, other: RunningExchange
) -> None:
    ran(host, "kill", "--yes")
    host.adopt(other.base_url, other.keys["trader"])
    ran(host, "kill", "--yes")
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    file.write_text("")
    _, err = ran(host, "--profile", "desk", "journal", "show", code=2)
    first, *names = [line for line in err.splitlines() if line]
    assert first == "Error: Several journals have this name. Name one of them with --profile:"
    assert len(names) == 2
    out, _ = ran(host, "--profile", names[0], "journal", "show")
    assert "deactivate-mine was fired" in out
