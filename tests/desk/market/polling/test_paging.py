"""Lists read page by page: no page is left out, and an old element that changed is found again."""

from datetime import UTC, datetime, timedelta

from pbtui.api.reads.pages import PAGE_SIZE
from pbtui.api.structs import replace
from pbtui.desk.market.polling.paging import LONGEST_WINDOW, MOST_PAGES, OVERLAP, WHOLE_EVERY_S, ListCourse, Page

MIDNIGHT = datetime(2026, 7, 1, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)


def begun(course: ListCourse, at_s: float = 0.0) -> ListCourse:
    """Begin a reading, or go on with it, at so many seconds after noon."""
    return replace(course, present=course.window(NOON + timedelta(seconds=at_s), at_s))


def read(course: ListCourse, *pages: Page, at_s: float = 0.0, newest: datetime | None = None) -> ListCourse:
    """Read the list with these pages, at so many seconds after noon."""
    course = begun(course, at_s)
    for page in pages:
        course = course.with_page(page, [] if newest is None else [newest])
    return course


def test_pages_are_read_until_all_have_come() -> None:
    course = read(ListCourse(MIDNIGHT), Page(PAGE_SIZE, PAGE_SIZE + 7))
    assert course.present is not None
    assert course.present.received == PAGE_SIZE
    course = course.with_page(Page(7, PAGE_SIZE + 7), [])
    assert course.present is None
    assert course.finished is not None
    assert (course.finished.start, course.gap) == (MIDNIGHT, "")


def test_a_server_that_sends_shorter_pages_than_asked_for_is_read_to_the_end() -> None:
    course = read(ListCourse(MIDNIGHT), Page(150, 160), Page(10, 160))
    assert (course.present, course.gap) == (None, "")


def test_without_a_total_a_short_page_is_the_last() -> None:
    assert read(ListCourse(MIDNIGHT), Page(PAGE_SIZE, None)).present is not None
    assert read(ListCourse(MIDNIGHT), Page(PAGE_SIZE, None), Page(0, None)).present is None


def test_a_page_that_is_missing_is_named_until_the_next_reading_of_the_whole() -> None:
    course = read(ListCourse(MIDNIGHT), Page(3, 9), Page(0, 9), newest=NOON)
    assert course.gap == "the server sent 3 of 9"
    course = read(course, Page(0, 0), at_s=2.0)
    assert course.gap == "the server sent 3 of 9"
    assert not read(course, Page(9, 9), at_s=WHOLE_EVERY_S).gap


def test_a_list_without_an_end_ends() -> None:
    course = begun(ListCourse(MIDNIGHT))
    for _ in range(MOST_PAGES):
        assert course.present is not None
        course = course.with_page(Page(PAGE_SIZE, 10**9), [])
    assert course.present is None
    assert course.gap == f"only the first {MOST_PAGES * PAGE_SIZE} were read"


def test_only_what_is_new_is_read_with_an_overlap_and_all_of_it_from_time_to_time() -> None:
    course = read(ListCourse(MIDNIGHT), Page(1, 1), newest=NOON - timedelta(minutes=1))
    window = course.window(NOON, 2.0)
    assert (window.start, window.is_whole) == (NOON - timedelta(minutes=1) - OVERLAP, False)
    whole = course.window(NOON, WHOLE_EVERY_S)
    assert (whole.start, whole.is_whole) == (MIDNIGHT, True)


def test_a_time_in_the_future_does_not_hide_what_is_new() -> None:
    course = read(ListCourse(MIDNIGHT), Page(1, 1), newest=NOON + timedelta(days=400))
    assert course.window(NOON, 2.0).start == NOON - OVERLAP


def test_a_time_at_the_start_of_the_calendar_does_not_end_the_reading() -> None:
    course = read(ListCourse(MIDNIGHT), Page(1, 1), newest=datetime.min.replace(tzinfo=UTC))
    assert course.window(NOON, 2.0).start == MIDNIGHT


def test_a_desk_that_stays_open_reads_the_last_day() -> None:
    assert ListCourse(MIDNIGHT - timedelta(days=9)).window(NOON, 0.0).start == NOON - LONGEST_WINDOW


def test_a_reading_that_failed_begins_again() -> None:
    course = read(ListCourse(MIDNIGHT), Page(PAGE_SIZE, 2 * PAGE_SIZE)).abandoned()
    window = course.window(NOON, 5.0)
    assert (window.received, window.requested_s) == (0, 5.0)
    assert course.finished is None
