"""The text of a new settings file is valid, with and without its comments, and it is created once."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbtui.api.sanitize import shown_id
from pbtui.api.structs import replace
from pbtui.settings.document.new import create_private_file, profile_text, settings_text
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Environment, Profile

NOW = datetime(2026, 11, 27, tzinfo=UTC)
URL = "https://desk.example/acme/epex/v2/api"
KEY_FILE = Path('/home/it\'s "mine"/own.key')
PORTFOLIOS = ["DE1", 'FL"EX', "ÄÖ"]


def profile(name: str = "own") -> Profile:
    return Profile(name=name, base_url=URL, proxy="http://proxy.example:3128", api_key_file=KEY_FILE)


def load(folder: Path, text: str) -> Profile:
    file = folder / "config.toml"
    file.write_text(text)
    return load_settings(file).profile(None)


def test_the_file_says_what_the_profile_says_and_opens_read_only(tmp_path: Path) -> None:
    loaded = load(tmp_path, settings_text(profile(), PORTFOLIOS, ["AMP"], NOW))
    assert replace(loaded, file=None) == profile()
    assert loaded.read_only
    assert loaded.environment is Environment.PRODUCTION


def test_every_commented_setting_is_valid_without_its_mark(tmp_path: Path) -> None:
    text = settings_text(profile(), PORTFOLIOS, ["AMP", "10YFR-RTE------C"], NOW)
    loaded = load(tmp_path, re.sub(r"^# (?=\[|\w+ += |\w+ = )", "", text, flags=re.MULTILINE))
    assert loaded.portfolios == tuple(PORTFOLIOS)
    assert loaded.limits.max_quantity_mw == 50
    assert loaded.kill.phones
    assert loaded.position_guard


def test_what_can_not_be_named_in_a_file_is_left_out() -> None:
    text = profile_text(profile(), ["A,B", shown_id("C\x1b"), "D E", "OK1"], [])
    assert '# portfolios = ["OK1"]' in text
    assert '# portfolios = ["TRD1"]' in profile_text(profile(), ["A,B"], [])
    assert text.replace("\n", "").isprintable()


def test_a_file_is_created_once_for_this_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "config" / "pbtui" / "config.toml"
    create_private_file(file, "first\n")
    with pytest.raises(FileExistsError):
        create_private_file(file, "second\n")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("first\n", 0o600)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        create_private_file(link, "second\n")
    assert not (tmp_path / "elsewhere").exists()


def test_a_path_beyond_16_bits_is_read_back_and_one_that_is_no_text_leaves_no_file(tmp_path: Path) -> None:
    odd = replace(profile(), api_key_file=Path("/home/⚡🔌\x7f/own.key"))
    assert load(tmp_path, settings_text(odd, [], [], NOW)).api_key_file == odd.api_key_file
    file = tmp_path / "new.toml"
    with pytest.raises(OSError, match="not UTF-8"):
        create_private_file(file, "api_key_file = '/home/\udcff'\n")
    assert not file.exists()


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_file_and_new_folders_are_this_users_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    file = tmp_path / "a" / "b" / "config.toml"
    before = os.umask(umask)
    try:
        create_private_file(file, "")
    finally:
        os.umask(before)
    modes = [path.stat().st_mode & 0o777 for path in (file, file.parent, file.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_the_comment_about_the_theme_names_all_of_them() -> None:
    (comment,) = (line for line in settings_text(profile(), PORTFOLIOS, ["AMP"], NOW).splitlines() if "theme" in line)
    assert set(re.findall(r"[a-z-]+", comment)) >= {theme.stem for theme in Path("themes").glob("*.toml")}
