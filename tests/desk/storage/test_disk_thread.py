"""The thread for disk work: the sequence of its jobs, and waiting for a disk that hangs."""

import threading

import pytest

from pbtui.desk.storage.disk_thread import DiskThread


@pytest.mark.real_time
async def test_jobs_run_one_after_the_other() -> None:
    thread, ran = DiskThread("test"), list[int]()
    for number in range(100):
        thread.do(lambda number=number: ran.append(number))  # type: ignore[misc]
    assert await thread.done(within_s=60)
    assert ran == list(range(100))


@pytest.mark.real_time
async def test_a_hanging_job_is_waited_for_no_longer_than_asked() -> None:
    thread, began, goes_on = DiskThread("test"), threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        goes_on.wait()

    assert thread.job_age_s == 0
    thread.do(hang)
    assert began.wait(60)
    assert not await thread.done(within_s=0)
    assert thread.job_age_s > 0
    goes_on.set()
    assert await thread.done(within_s=60)
