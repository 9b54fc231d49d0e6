"""Fixtures of every room."""

import gc
import itertools
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path

import hypothesis
import pytest

from pbtui.desk.storage.disk_thread import WorkerThread, use_workers
from pbtui.settings import redaction
from tests import hazard_cases
from tests.exchange import RunningExchange, running_exchange

WITHIN_S = 30.0

# Each screen that is built and dropped sets off a look for cycles among all that was imported: a tenth of the run.
gc.set_threshold(50_000, 20, 100)

# How long an example takes says something about the machine.
hypothesis.settings.register_profile("without a deadline", deadline=None)
hypothesis.settings.load_profile("without a deadline")

# A shell ignores SIGINT for background jobs, and nohup ignores SIGHUP. The programs under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_finish() -> None:
    """Leave all that was imported and collected out of every later look for cycles."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look for cycles once: pytest does so five times at its end, which costs each worker more than its imports."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the cases of hazards with their tests, if they were checked in this run."""
    if any("test_hazard_cases.py" in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.section("the 35 cases and their tests")
        terminalreporter.write_line("\n".join(hazard_cases.lines()))


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for each test, outside its `tmp_path`: to make one of those takes longer than most tests."""
    top = tmp_path_factory.mktemp("places")
    return (top / str(number) for number in itertools.count())


class CountedWorker(WorkerThread):
    """A thread of the program for disk work. `jobs` are all that it was given."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.jobs: list[Future[None]] = []

    def put(self, job: Callable[[], None]) -> None:
        """Queue a job."""
        done: Future[None] = Future()
        self.jobs.append(done)

        def counted() -> None:
            job()
            done.set_result(None)

        super().put(counted)


@pytest.fixture(autouse=True)
def own_state(places: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Journals, halts and crash reports of a test go to places of its own, and no key of another test is remembered.

    Gives the folder that holds them, which does not exist yet. Disk work that a test leaves behind ends with it: later,
    it would be done in the folder of another test.
    """
    monkeypatch.setattr(redaction, "_known", set())
    place = next(places)
    (place / "runtime").mkdir(mode=0o700, parents=True)
    monkeypatch.setenv("XDG_STATE_HOME", str(place / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / "runtime"))
    workers: list[CountedWorker] = []

    def new_worker(name: str) -> CountedWorker:
        workers.append(CountedWorker(name))
        return workers[-1]

    with use_workers(new_worker):
        yield place / "state"
    _, still_open = wait([job for worker in workers for job in worker.jobs], timeout=WITHIN_S)
    assert not still_open


@pytest.fixture(scope="session")
def one_exchange() -> Iterator[RunningExchange]:
    """A simulator for test after test, as starting one takes longer than most of them."""
    with running_exchange() as running:
        yield running


@pytest.fixture
def exchange(one_exchange: RunningExchange) -> RunningExchange:
    """A simulator as it is at its start: 60 orders, and a market that stands still."""
    one_exchange.reset()
    return one_exchange


@pytest.fixture(scope="module")
def shared_exchange(one_exchange: RunningExchange) -> RunningExchange:
    """The same for all tests of a module that leave it as they found it, but for their own orders."""
    one_exchange.reset()
    return one_exchange
