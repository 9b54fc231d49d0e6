"""Pages of the documentation of which a part is written by a script."""

import sys
from pathlib import Path


def keep_current(page: Path, begin: str, end: str, content: str, stale: str) -> int:
    """Write the content between two markers of a page, and return the exit code.

    With `--check` on the command line the page is only compared; `stale` is printed if it differs.
    """
    present = page.read_text(encoding="utf-8")
    before, rest = present.split(begin)
    current = f"{before}{begin}\n\n{content}\n\n{end}{rest.split(end)[1]}"
    if current == present:
        return 0
    if "--check" in sys.argv[1:]:
        print(stale)
        return 1
    page.write_text(current, encoding="utf-8")
    return 0
