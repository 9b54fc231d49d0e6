"""A command for a shell names the settings file, unless each shell of this user takes that one."""

from pathlib import Path

import pytest

from pbtui.settings import named_command
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

URL = "https://host.example/acme/epex/v2/api"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of the user, whose settings file has the profile `desk`. No variable names a settings file."""
    for variable in ("PBTUI_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    written(named_command.own_file())
    return tmp_path


def written(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'[profiles.desk]\nbase_url = "{URL}"\n')
    return file


def kill_of(file: Path | None) -> str:
    return shell_command(load_settings(file).profile("desk"), "kill")


def test_the_users_own_file_needs_no_name_and_any_other_gets_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kill_of(None) == kill_of(named_command.own_file()) == "pbtui --profile desk kill"
    monkeypatch.chdir(tmp_path)
    other = written(Path("an 'other' file.toml"))
    whole = str(tmp_path / other).replace("'", "'\"'\"'")
    assert kill_of(other) == f"pbtui --config '{whole}' --profile desk kill"


@pytest.mark.parametrize("variable", ["PBTUI_CONFIG", "XDG_CONFIG_HOME"])
def test_a_variable_that_another_shell_may_lack_makes_the_file_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    usual = named_command.own_file()
    monkeypatch.setenv(variable, str(tmp_path / "here"))
    assert kill_of(usual) == f"pbtui --config {usual} --profile desk kill"
    if variable == "XDG_CONFIG_HOME":
        here = written(named_command.own_file())
        assert kill_of(None) == f"pbtui --config {here} --profile desk kill"


def test_without_a_home_folder_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "desk.toml"
    profile = Profile(name="desk", base_url=URL, file=file)
    monkeypatch.setattr(named_command, "user_config_path", no_home)
    assert shell_command(profile, "kill") == f"pbtui --config {file} --profile desk kill"


def no_home(name: str) -> Path:
    raise RuntimeError(name)


def test_the_exchange_of_the_demo_is_reached_by_no_command() -> None:
    assert shell_command(Profile(name="demo", base_url=URL), "kill") == ""
