"""The checks of a change, each under one name: `python -m tests.check [NAME ...]`, all of them without a name.

`static` stands for all that need no running program, `docs` for those of pages written from the code. `.ci/run` and the
pre-commit hook call these names, so what a developer runs is what CI runs.
"""

import argparse
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[1]
LINT_IMPORTS = str(Path(sysconfig.get_path("scripts"), "lint-imports"))

STATIC: dict[str, Sequence[str]] = {
    "format": (sys.executable, "-m", "ruff", "format", "--check", "."),
    "lint": (sys.executable, "-m", "ruff", "check", "."),
    "types": (sys.executable, "-m", "mypy"),
    "layers": (LINT_IMPORTS,),
    "drawing": (sys.executable, "-m", "tests.drawing", "--check"),
    "kill-table": (sys.executable, "-m", "tests.kill_table", "--check"),
    "key-card": (sys.executable, "-m", "tests.key_card", "--check"),
    "man-page": (sys.executable, "-m", "tests.man_page", "--check"),
}
CHECKS = {**STATIC, "tests": (sys.executable, "-m", "pytest")}
GROUPS = {"docs": ("drawing", "kill-table", "key-card", "man-page"), "static": tuple(STATIC), "all": tuple(CHECKS)}


def names(arguments: Sequence[str]) -> list[str]:
    """The checks that these words ask for, in order. Raises SystemExit for a word that is no check."""
    parser = argparse.ArgumentParser(prog="python -m tests.check", description="Run the checks of a change.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of: {', '.join((*CHECKS, *GROUPS))}; default: all"
    )
    words = parser.parse_args(arguments).names
    unknown = [word for word in words if word not in CHECKS and word not in GROUPS]
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}; there are {', '.join((*CHECKS, *GROUPS))}")
    return [name for word in words or ("all",) for name in GROUPS.get(word, (word,))]


def passes(name: str) -> bool:
    """Run one check and say how it ended. A tool that is not installed is a failure."""
    began_s = time.monotonic()
    print(f"== {name}: {' '.join(CHECKS[name])}", flush=True)
    try:
        passed = subprocess.run(CHECKS[name], cwd=PROJECT, check=False).returncode == 0
    except OSError as error:
        print(f"{error.strerror}: {error.filename}. Install the tools: pip install -e '.[test]'")
        passed = False
    print(f"== {name} {'passed' if passed else 'FAILED'} after {time.monotonic() - began_s:.1f} s\n", flush=True)
    return passed


def main() -> int:
    """Run every check asked for, also after one has failed."""
    failed = [name for name in names(sys.argv[1:]) if not passes(name)]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
