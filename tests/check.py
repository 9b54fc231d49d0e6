"""The checks of a change, each under one name: `python -m tests.check [NAME ...]`, all of them without a name.

`static` stands for all that need no running program. `.ci/run` and the pre-commit hook call these names, so what a
developer runs is what CI runs.
"""

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
    "docs": (sys.executable, "-m", "tests.drawing", "--check"),
}
CHECKS = {**STATIC, "tests": (sys.executable, "-m", "pytest")}
GROUPS = {"static": tuple(STATIC), "all": tuple(CHECKS)}


def names(arguments: Sequence[str]) -> list[str]:
    """The checks that these words ask for, in order. Raises SystemExit for a word that is no check."""
    unknown = [word for word in arguments if word not in CHECKS and word not in GROUPS]
    if unknown:
        sys.exit(f"no such check: {', '.join(unknown)}; there are {', '.join((*CHECKS, *GROUPS))}")
    return [name for word in arguments or ("all",) for name in GROUPS.get(word, (word,))]


def passes(name: str) -> bool:
    """Run one check and say how it ended."""
    began_s = time.monotonic()
    print(f"== {name}: {' '.join(CHECKS[name])}", flush=True)
    done = subprocess.run(CHECKS[name], cwd=PROJECT, check=False)
    word = "passed" if done.returncode == 0 else "FAILED"
    print(f"== {name} {word} after {time.monotonic() - began_s:.1f} s\n", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run every check asked for, also after one has failed."""
    failed = [name for name in names(sys.argv[1:]) if not passes(name)]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
