"""The package passes the check of an index, and holds all that the program needs, wherever it is installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pbtui import __version__
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import terminal

PROJECT = Path(__file__).parents[1]
WHAT_IS_BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "pbtui", "themes", "docs/pbtui.1")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the wheel is built from, without what a developer's folder has besides."""
    source = tmp_path_factory.mktemp("source")
    for name in WHAT_IS_BUILT_FROM:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (source / name).parent.mkdir(exist_ok=True)
            shutil.copy(PROJECT / name, source / name)
    return source


def done_by(*command: str) -> None:
    """Run a module of Python to its end."""
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist of this source, and the wheel that is built from the sdist."""
    folder = tmp_path_factory.mktemp("built")
    done_by("build", "--no-isolation", "--outdir", str(folder), str(source))
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in, without what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    options = ("--no-deps", "--no-compile", "--quiet", "--disable-pip-version-check")
    done_by("pip", "install", *options, "--target", str(folder), str(wheel))
    return folder


def test_sdist_and_wheel_pass_the_check_of_a_package_index(built: Path) -> None:
    files = sorted(map(str, built.iterdir()))
    assert [Path(file).suffix for file in files] == [".whl", ".gz"]
    done_by("twine", "check", "--strict", *files)


def test_each_link_and_picture_of_the_description_is_a_whole_address(installed: Path) -> None:
    description = next(installed.glob("*.dist-info/METADATA")).read_text(encoding="utf-8")
    targets = re.findall(r"(!?)\[[^\]]*\]\(([^)]*)\)", description)
    assert len(targets) >= 18
    for is_picture, target in targets:
        path = target.removeprefix(f"https://github.com/pbtui/pbtui/{'raw' if is_picture else 'blob'}/main/")
        assert path != target, target
        assert (PROJECT / path.partition("#")[0]).is_file(), target


def test_the_wheel_holds_the_package_and_nothing_besides(source: Path, installed: Path) -> None:
    (record,) = installed.glob("*.dist-info/RECORD")
    names = {line.partition(",")[0] for line in record.read_text().splitlines()}
    information = f"pbtui-{__version__}.dist-info"
    beside = {name for name in names if name.partition("/")[0] not in ("pbtui", information)}
    assert beside == {"../../bin/pbtui", "../../share/man/man1/pbtui.1"}
    files = {str(path.relative_to(source)) for path in source.glob("pbtui/**/*") if path.is_file()}
    files |= {f"pbtui/themes/{path.name}" for path in (source / "themes").iterdir()}
    assert {name for name in names if name.startswith("pbtui/")} == files
    assert f"{information}/licenses/LICENSE" in names


def test_the_changelog_has_a_heading_for_the_version() -> None:
    changes = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## [{__version__}] - 2" in changes


def test_installed_it_finds_its_themes_and_its_style_sheet(installed: Path, tmp_path: Path) -> None:
    ask = (
        "import pbtui, importlib.resources as r; from pbtui.ui.themes import load_themes;"
        "print(pbtui.__file__, (r.files('pbtui.ui') / 'app.tcss').is_file(), *sorted(load_themes()))"
    )
    host = Host(tmp_path, variables={"PYTHONPATH": str(installed)})
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, env=host.environment, cwd=tmp_path, check=True
    )
    themes = sorted(file.stem for file in (PROJECT / "themes").glob("*.toml"))
    assert done.stdout.split() == [str(installed / "pbtui" / "__init__.py"), "True", *themes]


def test_installed_its_command_runs_and_draws(installed: Path, tmp_path: Path) -> None:
    host = Host(tmp_path, variables={"PYTHONPATH": str(installed)})
    command = str(installed / "bin" / "pbtui")
    version = subprocess.run(
        [command, "--version"], capture_output=True, text=True, env=host.environment, cwd=tmp_path, check=True
    )
    assert version.stdout == f"pbtui, version {__version__}\n"
    host.adopt("http://127.0.0.1:1/playground/epex/v2/api", "a-key")
    with terminal(command, env=host.environment, cwd=tmp_path) as desk:
        desk.until_shown("OFFLINE", "Connection refused", "q Quit")
        desk.send("q")
        assert desk.end() == 0
    assert host.crash_reports == []
