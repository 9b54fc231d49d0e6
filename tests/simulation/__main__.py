"""`python -m tests.simulation`: run seeds, and say what was found.

--seed N              replay one seed: print its log and its violations
--seeds N [--first M] run N seeds and sum up; a seed that fails prints the line that replays it, and its story
--team                of these only the seeds in which two hosts share the store of a team
--workers N           how many processes run them; as many as there are cores, if it is not given
--without KIND        leave out a kind of fault; may be repeated
--planted             put known faults into the program, and say after how many seeds each is found
"""

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from multiprocessing import get_context

from pbtui.cli.progress import Progress, progress
from tests.simulation.faults import KINDS
from tests.simulation.habits import HABITS
from tests.simulation.planted import table
from tests.simulation.run import Run, run
from tests.simulation.team.faults import LASTS_S
from tests.simulation.traders import AT_ONCE, CRASH, QUIT
from tests.simulation.world import is_of_team

_SEEDS_AT_ONCE = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; return 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--team", action="store_true")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--without", action="append", default=[], choices=[*KINDS, *HABITS, *LASTS_S, AT_ONCE, CRASH, QUIT]
    )
    parser.add_argument("--planted", action="store_true")
    given = parser.parse_args(arguments)
    without = frozenset(given.without)
    if given.seed is not None:
        return _replay(given.seed, without)
    seeds = [seed for seed in range(given.first, given.first + given.seeds) if is_of_team(seed) or not given.team]
    with progress("searching" if given.planted else "running", "searches" if given.planted else "seeds") as shown:
        try:
            return _find(shown, given.workers) if given.planted else _run(shown, seeds, without, given.workers)
        except KeyboardInterrupt:
            shown.clear()
            print(f"interrupted{shown.words()}", file=sys.stderr, flush=True)
            if given.workers == 1:
                os._exit(130)  # Python's own end would close the run that is under way outside of its loop
            return 130


def _find(searching: Progress, workers: int) -> int:
    lines = [*table(workers, searching)]
    searching.clear()
    print("\n".join(lines))
    return 0


def _run(running: Progress, seeds: Sequence[int], without: frozenset[str], workers: int) -> int:
    began_s = time.perf_counter()
    broken = sum_up(running.each(run_all(seeds, without, workers), len(seeds)), running.clear)
    took_s = time.perf_counter() - began_s
    print(f"{len(seeds)} runs in {took_s:.1f} s, {len(seeds) / took_s:.1f} a second with {workers} processes")
    return 1 if broken else 0


def _replay(seed: int, without: frozenset[str]) -> int:
    replayed = run(seed, without)
    print("\n".join(replayed.story.lines))
    print(f"\nseed {seed}: {replayed.virtual_s:.0f} s, log {replayed.story.digest}")
    for violation in replayed.story.violations:
        print(f"VIOLATION {violation}")
    return 1 if replayed.story.violations else 0


def run_all(seeds: Iterable[int], without: frozenset[str], workers: int) -> Iterator[Run]:
    """Run the seeds, in their order, in so many processes."""
    if workers == 1:
        yield from (run(seed, without) for seed in seeds)
        return
    with get_context("spawn").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from pool.imap(partial(run, without=without), seeds, chunksize=_SEEDS_AT_ONCE)


def sum_up(runs: Iterable[Run], clear: Callable[[], object]) -> bool:
    """Print each failure as it comes, then how often each fault happened; return whether an invariant was broken.

    `clear` takes the line of the progress off the terminal.
    """
    broken, met, seen = Counter[str](), Counter[str](), Counter[str]()
    count, virtual_s = 0, 0.0
    for ended in runs:
        count, virtual_s = count + 1, virtual_s + ended.virtual_s
        met.update(ended.story.faults)
        seen.update(ended.story.seen)
        broken.update({violation.invariant for violation in ended.story.violations})
        if ended.story.violations:
            clear()
            print("\n".join(failure_lines(ended)), flush=True)
    clear()
    print("share of runs with each fault:")
    print("\n".join(f"  {times / count:6.1%}  {name}" for name, times in met.most_common()))
    print("what the desks said:")
    print("\n".join(f"  {times:6}  {name}" for name, times in seen.most_common()))
    by_invariant = ", ".join(f"({letter}) {times}" for letter, times in sorted(broken.items()))
    print(f"{virtual_s / count:.0f} s of virtual time a run; runs with a violation: {by_invariant or 'none'}")
    return bool(broken)


def failure_lines(ended: Run) -> list[str]:
    """The violations of a run, its last lines, and the command that replays it."""
    options = "".join(f' --without "{kind}"' for kind in sorted(ended.without))
    return [
        f"seed {ended.seed}: {'; '.join(map(str, ended.story.violations))}",
        *(f"    {line[:200]}" for line in ended.story.last_lines()),
        f"  replay: python -m tests.simulation --seed {ended.seed}{options}",
    ]


if __name__ == "__main__":
    sys.exit(main())
