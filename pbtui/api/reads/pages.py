"""Reads a whole list page by page."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pbtui.api.decoding.field_by_field import Readable
from pbtui.api.reads.calls import ListRead, Unavailable
from pbtui.api.reads.decode import Elements

Value = TypeVar("Value", bound=Readable)

PAGE_SIZE = 500
"""The longest page that the API allows."""
MOST_PAGES = 40


async def read_pages(
    read_page: Callable[[int, int], Awaitable[ListRead[Value] | Unavailable]], *, most_pages: int = MOST_PAGES
) -> ListRead[Value] | Unavailable:
    """Read pages, each with an offset and a limit, until one is not full or the total count is reached.

    An element that moved from one page to the next while they were read is in the result once. After `most_pages` the
    list has a gap. Raises the exceptions of `read_page`.
    """
    first = await read_page(0, PAGE_SIZE)
    if isinstance(first, Unavailable):
        return first
    slices, newest, offset = dict(first.elements.slices), first, first.elements.received
    for _ in range(1, most_pages):
        if is_last_page(newest.elements.received, offset, newest.answer.total_count):
            break
        page = await read_page(offset, PAGE_SIZE)
        if isinstance(page, Unavailable):
            return page
        slices |= page.elements.slices
        newest, offset = page, offset + page.elements.received
    is_whole = newest.elements.received < PAGE_SIZE
    return ListRead(first.answer, Elements(tuple(slices.items()), len(slices)), None if is_whole else PAGE_SIZE)


def is_last_page(received: int, received_so_far: int, total: object) -> bool:
    """Return whether a page of PAGE_SIZE ends the list, by its elements and those up to its end.

    `total` is the length of the list as the server states it; one that is no number is not known.
    """
    return not received or (received_so_far >= total if isinstance(total, int) else received < PAGE_SIZE)
