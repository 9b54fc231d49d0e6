"""`python -m tests.model [DESKS]`: visit every state of the model, with all rules and without each of them."""

import sys

from tests.model.explore import explore
from tests.model.halt import Rules

WITHOUT = {
    "with all rules": Rules(),
    "without the lock: check, then send": Rules(locks=False),
    "without the count of open sends": Rules(counts=False),
    "without the count after the second read": Rules(counts_again=False),
}


def main() -> None:
    """Print what was found."""
    desks = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    for name, rules in WITHOUT.items():
        found = explore(rules, desks)
        print(f"{desks} desks, {name}: {found.states} states, {found.fault or 'no invariant breaks'}")
        for number, what in enumerate(found.way, 1):
            print(f"  {number:2} {what}")


if __name__ == "__main__":
    main()
