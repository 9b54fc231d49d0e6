"""A program that keeps a journal: `python -m tests.desk.journal.writing_program PROFILE LINES`.

It opens the journal of a profile, says so, and writes so many lines (0: until it is killed), each the next number with
a text that makes the line longer than what a file system writes at once.
"""

import itertools
import sys

from pbtui.desk.journal.writer import Journal, Kind
from pbtui.settings.profiles import Profile

BASE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"
LONG_TEXT = "x" * 5000


def main(profile_name: str, lines: int) -> None:
    with Journal.open(Profile(name=profile_name, base_url=BASE_URL)) as journal:
        print("open", flush=True)
        sys.stdin.readline()
        for number in range(lines) if lines else itertools.count():
            journal.record(Kind.INTENT, ticket=f"T{number}", lines=[{"key": "k"}], text=LONG_TEXT)
            if not lines:
                print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
