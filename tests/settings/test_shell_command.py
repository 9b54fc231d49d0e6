"""A command for a shell names the settings file, unless each shell of this user takes that one."""

from pathlib import Path

import pytest

from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

URL = "https://host.example/acme/epex/v2/api"


def test_the_usual_file_needs_no_name_and_any_other_gets_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    usual, other = tmp_path / "pbtui" / "config.toml", Path("an 'other' file.toml")
    usual.parent.mkdir()
    for file in (usual, other):
        file.write_text(f'[profiles.desk]\nbase_url = "{URL}"\n')
    by_default, named, another = (load_settings(path).profile("desk") for path in (None, usual, other))
    assert shell_command(by_default, "kill") == shell_command(named, "kill") == "pbtui --profile desk kill"
    whole = str(tmp_path / other).replace("'", "'\"'\"'")
    assert (
        shell_command(another, "kill", "--print-curl") == f"pbtui --config '{whole}' --profile desk kill --print-curl"
    )


def test_without_a_home_folder_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "desk.toml"
    profile = Profile(name="desk", base_url=URL, file=file)
    monkeypatch.setattr("pbtui.settings.file.user_config_path", no_home)
    assert shell_command(profile, "kill") == f"pbtui --config {file} --profile desk kill"


def no_home(name: str) -> Path:
    raise RuntimeError(name)


def test_the_exchange_of_the_demo_is_reached_by_no_command() -> None:
    assert shell_command(Profile(name="demo", base_url=URL), "kill") == ""
