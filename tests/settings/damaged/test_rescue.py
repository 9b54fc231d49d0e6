"""The kill's profile in a settings file with problems: exactly as it stands in the file, or refused."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pbtui.settings.damaged.rescue import rescue_profile
from pbtui.settings.file import load_settings
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile, SettingsError

BEFORE = """\
# Desk settings
default_profile = "desk"
theme = "night"

[keys]
kill = "f8"

[profiles.early]
base_url = "https://early.example/acme/epex/v2/api"
portfolios = ["E1"]
read_only = false

[profiles.early.kill]
action = "delete-all"
products = ["E_Product"]
"""
PRESETS = """\
[profiles.desk.presets]
hedge = "sell 5 @ 80 de1"
"""
OWN = f"""
[profiles.desk]
base_url = "https://desk.example/acme/epex/v2/api"
portfolios = ["P1", "P2"]
delivery_areas = ["10YDE-RWENET---I"]

[profiles.desk.limits]
max_quantity_mw = 25

[profiles.desk.alerts]
fill = ["log"]

{PRESETS}
[profiles.desk.kill]
action = "delete-mine"
delivery_areas = ["10YDE-VE-------2"]
products = ["XBID_Hour_Power"]
"""
AFTER = """
[profiles.other]
portfolios = ["O1"]
base_url = "https://other.example/acme/epex/v2/api"
delivery_areas = ["10YFR-RTE------C"]

[profiles.other.kill]
action = "delete-all"
guard = "typed"

[profiles.last]
base_url = "https://last.example/acme/epex/v2/api"
"""


def scope(profile: Profile) -> tuple[object, ...]:
    kill = profile.kill
    return (
        profile.base_url,
        profile.portfolios,
        profile.delivery_areas,
        *(kill.action, kill.delivery_areas, kill.products),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


@pytest.fixture(scope="module")
def wanted(folder: Path) -> tuple[object, ...]:
    file = folder / "good.toml"
    file.write_text(BEFORE + OWN + AFTER)
    return scope(load_settings(file).profile("desk"))


def rescued(folder: Path, text: str | bytes, name: str | None = "desk") -> tuple[object, ...] | None:
    """The scope that a kill would use, None if it sends nothing."""
    file = folder / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    try:
        return scope(rescue_profile(file, name)[0])
    except SettingsError:
        return None


DAMAGES: dict[str, Callable[[str, str, str], str]] = {
    "an unclosed quote": lambda before, own, after: before + own + after.replace('["O1"]', '["O1]'),
    "an unclosed quote before": lambda before, own, after: before.replace('["E1"]', '["E1]') + own + after,
    "a duplicate key": lambda before, own, after: before + own + after + "poll_seconds = 2\npoll_seconds = 3\n",
    "a duplicate key before": lambda before, own, after: before.replace("read_only", "x = 1\nx = 1\nread_only") + own,
    "a duplicate table": lambda before, own, after: before + own + after + after,
    "a merge conflict elsewhere": lambda before, own, after: (
        before + own + after + "<<<<<<< HEAD\npoll_seconds = 2\n=======\npoll_seconds = 3\n>>>>>>> theirs\n"
    ),
    "a Latin-1 byte in a comment": lambda before, own, after: before + own + after + "# B\udcfcro\n",
    "a Latin-1 byte in its own comment": lambda before, own, after: before + own + "# B\udcfcro\n" + after,
    "an unknown default profile": lambda before, own, after: before.replace('"desk"', '"dusk"') + own + after,
    "a broken first line": lambda before, own, after: "<html>\n" + before + own + after,
    "line ends of another system": lambda before, own, after: (before + own + after + "x =\n").replace("\n", "\r\n"),
    "a mark of the byte order": lambda before, own, after: "\ufeff" + before + own + after + "x =\n",
    "a closed list that looks like a table": lambda before, own, after: before + own + after + 'x = [\n["y"]\n',
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_problem_elsewhere_does_not_stop_the_kill(folder: Path, wanted: object, damage: str) -> None:
    after = _url_first(AFTER) if "unclosed" in damage else AFTER
    assert rescued(folder, DAMAGES[damage](BEFORE, OWN, after)) == wanted


def _url_first(text: str) -> str:
    url = 'base_url = "https://other.example/acme/epex/v2/api"\n'
    return text.replace(url, "").replace("[profiles.other]\n", f"[profiles.other]\n{url}")


REFUSED: dict[str, Callable[[str, str, str], str]] = {
    "a conflict around it": lambda before, own, after: f"{before}<<<<<<< HEAD\n{own}=======\n>>>>>>> theirs\n{after}",
    "a conflict in it": lambda before, own, after: (
        before + own.replace("portfolios", "<<<<<<< HEAD\nportfolios") + "=======\n>>>>>>> theirs\n" + after
    ),
    "half of a conflict": lambda before, own, after: before + own + "=======\n" + after,
    "the table twice": lambda before, own, after: before + own + after + own,
    "an unclosed quote in it": lambda before, own, after: before + own.replace('["P1", "P2"]', '["P1", "P2]') + after,
    "a Latin-1 byte in a value": lambda before, own, after: before + own.replace("P1", "P\udcfc") + after + "x =\n",
    "an added header in it": lambda before, own, after: before + own.replace("portfolios", "[new]\nportfolios") + after,
    "a header of a list in it": lambda before, own, after: (
        before + own.replace("delivery_areas", "[[new]]\ndelivery_areas", 1) + after
    ),
    "an added header of a known table": lambda before, own, after: (
        before.replace('[keys]\nkill = "f8"\n', "") + own.replace("portfolios", "[keys]\nportfolios") + after
    ),
    "an added header of another profile": lambda before, own, after: (
        before + own.replace("portfolios", "[profiles.other]\nportfolios") + after
    ),
    "the lost header of the next profile": lambda before, own, after: (
        before + own + after.replace("[profiles.other]\n", "") + "x =\n"
    ),
    "the lost header of its own kill": lambda before, own, after: (
        before + own.replace("[profiles.desk.kill]\n", "") + after + "x =\n"
    ),
    "a proxy among the presets": lambda before, own, after: (
        before + own.replace("hedge =", 'proxy = "http://p.example:1"\nhedge =') + after + "x =\n"
    ),
    "a mistyped list among the presets": lambda before, own, after: (
        before + own.replace("hedge =", "product = []\nhedge =") + after + "x =\n"
    ),
    "its kill without its table": lambda before, own, after: before + own.replace("[profiles.desk]\n", "") + after,
    "a text of several lines": lambda before, own, after: before + own + after + 'x = """\n[profiles.desk]\n',
    "swallowed lines": lambda before, own, after: (
        before + own.replace("portfolios", 'x = """\nportfolios').replace("delivery", '"""\ndelivery', 1) + after
    ),
    "a second definition with dots": lambda before, own, after: (
        'profiles.desk.proxy = "http://p"\n' + before + own + after + "x =\n"
    ),
    "an unknown name": lambda before, own, after: before + own.replace("desk", "disk") + after + "x =\n",
    "no profile is named": lambda before, own, after: before.replace("default_profile", "x") + own + after + "x =\n",
}


@pytest.mark.parametrize("damage", REFUSED)
def test_an_unclear_profile_is_refused(folder: Path, damage: str) -> None:
    name = None if damage == "no profile is named" else "desk"
    assert rescued(folder, REFUSED[damage](BEFORE, OWN, AFTER), name) is None


def test_the_default_profile_is_known_from_the_lines_before_the_first_table(folder: Path, wanted: object) -> None:
    assert rescued(folder, BEFORE + OWN + AFTER + "x =\n", None) == wanted
    assert rescued(folder, BEFORE.replace('"night"', "night") + OWN + AFTER, None) is None


def test_another_order_of_keys_elsewhere_is_no_problem(folder: Path, wanted: object) -> None:
    """The key order of the profile behind it matters only if that one is damaged itself."""
    assert rescued(folder, BEFORE.replace('"night"', "5") + OWN + AFTER) == wanted


SEEDS = 800
JUNK_URL = "https://junk.example/acme/epex/v2/api"
LINES = (BEFORE + OWN + AFTER).split("\n")
OWN_LINES = range(BEFORE.count("\n"), (BEFORE + OWN).count("\n"))
NEXT_HEADER = LINES.index("[profiles.other]")
JUNK = [
    "",
    "# comment",
    "# B\udcfcro",
    "x = 1",
    "x =",
    'x = "',
    "x = [",
    "]",
    "\udcfc = 1",
    '"""',
    "'''",
    "<<<<<<< HEAD",
    "=======",
    ">>>>>>> theirs",
    "[new]",
    "[[new]]",
    "[new",
    "[keys]",
    "[profiles]",
    "[profiles.new]",
    "[profiles.other]",
    "[profiles.other.kill]",
    "[profiles.early]",
    "[profiles.desk]",
    "[profiles.desk.kill]",
    "[profiles.desk.limits]",
    "[profiles.desk.alerts]",
    "[profiles.desk.presets]",
    "[profiles.desk.new]",
    'portfolios = ["Z"]',
    'delivery_areas = ["Z"]',
    'products = ["Z"]',
    f'base_url = "{JUNK_URL}"',
    'action = "delete-all"',
    'profiles.desk.portfolios = ["Z"]',
    'desk.portfolios = ["Z"]',
]


def damaged(seed: int) -> tuple[str, bool]:
    """The settings with some lines lost and some added, and whether all lines of its own are there."""
    lots = random.Random(seed)  # noqa: S311 - the same damage for the same seed
    lost = {lots.randrange(len(LINES)) for _ in range(lots.choice([0, 1, 1, 2, 4]))}
    added = [(lots.randrange(len(LINES) + 1), lots.choice(JUNK)) for _ in range(lots.choice([0, 1, 1, 2, 3]))]
    is_whole = not any(LINES[at] and (at in OWN_LINES or at == NEXT_HEADER) for at in lost)
    lines: list[str] = []
    for at, line in enumerate([*LINES, ""]):
        lines += [junk for place, junk in added if place == at]
        lines += [line] if at not in lost else []
    return "\n".join(lines), is_whole


def stand_there(wanted: tuple[object, ...], found: tuple[object, ...]) -> bool:
    """Whether each value is the one of the profile or one of the added lines, or is left out where its line is lost."""
    added = ((), ("Z",), KillAction.DEACTIVATE_MINE, KillAction.DELETE_ALL, JUNK_URL)
    return all(value in (own, *added) for own, value in zip(wanted, found, strict=True))


def test_lines_lost_and_added_anywhere_never_change_what_is_used(folder: Path, wanted: tuple[object, ...]) -> None:
    """The tables as they stand are used, or nothing is sent: never half a table, or a value of another profile."""
    sent = 0
    for seed in range(SEEDS):
        text, is_whole = damaged(seed)
        found = rescued(folder, text)
        if found is not None:
            sent += 1
            assert found == wanted if is_whole else stand_there(wanted, found), f"seed {seed}:\n{text}"
    assert sent > SEEDS / 3


def test_a_mistyped_area_does_not_stop_the_kill(folder: Path) -> None:
    """The area stays in the scope as it stands: without it the scope would be wider."""
    own = OWN.replace("10YDE-RWENET---I", "10YDE-RWENET--I").replace("10YDE-VE-------2", "10YDE-VE------2")
    file = folder / "config.toml"
    file.write_text(BEFORE + own + AFTER)
    profile, notes = rescue_profile(file, "desk")
    assert (profile.delivery_areas, profile.kill.delivery_areas) == (("10YDE-RWENET--I",), ("10YDE-VE------2",))
    assert "profiles.desk.delivery_areas: number 1 has 15 characters" in notes[0]
    assert notes[1:] == ("The kill uses the delivery areas as they stand. It reaches no order in a mistyped area.",)
