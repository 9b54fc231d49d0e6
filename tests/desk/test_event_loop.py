"""End of tasks."""

import asyncio
from contextlib import suppress

from pbtui.desk.event_loop import end_tasks


async def test_tasks_have_ended_whether_they_wait_end_slowly_or_have_failed() -> None:
    begun, tidied = asyncio.Event(), []

    async def slow() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asyncio.Event().wait()
            tidied.append("slow")

    async def fails() -> None:
        raise ValueError("of the task")

    tasks = [asyncio.create_task(each) for each in (slow(), fails(), asyncio.sleep(0))]
    await begun.wait()
    await end_tasks(*tasks)
    assert [task.done() for task in tasks] == [True] * 3
    assert tidied == ["slow"]
    await end_tasks(*tasks)
