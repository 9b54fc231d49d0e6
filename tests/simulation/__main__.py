"""`python -m tests.simulation`: run seeds, and say what was found.

--seed N              replay one seed: print its log and its violations
--seeds N [--first M] run N seeds and sum up; a seed that fails prints the line that replays it, and its story
--without KIND        leave out a kind of fault; may be repeated
--known               leave out and pass over what is known (tests/simulation/known.py)
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.simulation.faults import KINDS
from tests.simulation.known import KNOWN, unexpected
from tests.simulation.run import Run, run
from tests.simulation.traders import AT_ONCE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; return 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--without", action="append", default=[], choices=[*KINDS, AT_ONCE])
    parser.add_argument("--known", action="store_true")
    given = parser.parse_args(arguments)
    without = frozenset(given.without) | (KNOWN.keys() if given.known else frozenset())
    if given.seed is not None:
        return _replay(given.seed, without)
    return _search(range(given.first, given.first + given.seeds), without)


def _replay(seed: int, without: frozenset[str]) -> int:
    replayed = run(seed, without)
    print("\n".join(replayed.story.lines))
    print(f"\nseed {seed}: {replayed.virtual_s:.0f} s, log {replayed.story.digest}")
    for violation in replayed.story.violations:
        print(f"VIOLATION {violation}")
    return 1 if replayed.story.violations else 0


def _search(seeds: range, without: frozenset[str]) -> int:
    began_s, broken, met, seen = time.perf_counter(), Counter[str](), Counter[str](), Counter[str]()
    virtual_s = 0.0
    for seed in seeds:
        ended = run(seed, without)
        virtual_s += ended.virtual_s
        met.update(ended.story.faults)
        seen.update(ended.story.seen)
        violations = unexpected(ended.story.violations) if without >= KNOWN.keys() else ended.story.violations
        broken.update({violation.invariant for violation in violations})
        if violations:
            print("\n".join(failure_lines(ended, without)), flush=True)
    took_s = time.perf_counter() - began_s
    print(
        f"{len(seeds)} runs in {took_s:.1f} s: {len(seeds) / took_s:.1f} a second, {virtual_s / took_s:.0f} × real time"
    )
    print("share of runs with each fault:")
    print("\n".join(f"  {count / len(seeds):6.1%}  {name}" for name, count in met.most_common()))
    print("what the desks said:")
    print("\n".join(f"  {count:6}  {name}" for name, count in seen.most_common()))
    print(
        "runs with a violation, by invariant: " + (", ".join(f"({k}) {n}" for k, n in sorted(broken.items())) or "none")
    )
    return 1 if broken else 0


def failure_lines(ended: Run, without: frozenset[str]) -> list[str]:
    """The violations of a run, its last lines, and the command that replays it."""
    options = "".join(f' --without "{kind}"' for kind in sorted(without))
    return [
        f"seed {ended.seed}: {'; '.join(map(str, ended.story.violations))}",
        *(f"    {line[:200]}" for line in ended.story.last_lines()),
        f"  replay: python -m tests.simulation --seed {ended.seed}{options}",
    ]


if __name__ == "__main__":
    sys.exit(main())
