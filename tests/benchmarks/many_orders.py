"""Memory and processor time of a desk with 100 000 orders, of which 1 % change with each read.

Aim: at most 400 MB and 20 % of one core.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.refresh import CHANGED_ONE_IN, MEASURED_S, POLL_S, WARM_UP_S, Exchange, watched

ORDERS = 100_000


def main() -> None:
    """Print what it needs."""
    with TemporaryDirectory() as folder, watched(Exchange(orders=ORDERS, has_reads=False), Path(folder)) as desk:
        first = desk.memory_mb()
        desk.read_for(WARM_UP_S)
        before_s = desk.processor_s()
        desk.read_for(MEASURED_S)
        load, memory_mb = (desk.processor_s() - before_s) / MEASURED_S, desk.memory_mb()
    print(f"  {ORDERS} orders, {ORDERS // CHANGED_ONE_IN} changed with each read, one read each {POLL_S:.0f} s")
    print(f"  first read    {first['now']:5.0f} MB, at most {first['most']:5.0f} MB")
    print(f"  {WARM_UP_S + MEASURED_S} s later    {memory_mb['now']:5.0f} MB, at most {memory_mb['most']:5.0f} MB")
    print(f"  processor     {load:5.0%} of a core")


if __name__ == "__main__":
    main()
