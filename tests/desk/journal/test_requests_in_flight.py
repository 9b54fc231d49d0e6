"""The count of the writes that can still land: it can be a second old, unless it is asked for anew."""

import asyncio

import pytest

from pbtui.desk.journal.open_writes import OpenWrites, leaving_now
from pbtui.desk.journal.requests_in_flight import RequestsInFlight
from pbtui.desk.journal.writer import Journal, Kind
from pbtui.desk.storage.places import owner_of
from pbtui.settings.profiles import Profile

PATIENT_S = 30.0
PROFILE = Profile(name="test", base_url="https://exchange.test/epex/v2/api")


async def counted_anew(requests: RequestsInFlight) -> OpenWrites:
    """The count of now. A busy machine may take too long for it: then it is asked for again."""
    async with asyncio.timeout(PATIENT_S):
        while True:
            await requests.count_again()
            if (found := requests.count()) is not None:
                return found


@pytest.mark.real_time
async def test_a_count_that_is_asked_for_anew_has_a_write_that_left_since_the_last_one() -> None:
    requests = RequestsInFlight(owner_of(PROFILE))
    assert await counted_anew(requests) == OpenWrites()
    with Journal.open(PROFILE) as journal:
        journal.record(Kind.INTENT, ticket="AAA", action="add", lines=[{"key": "1"}])
        journal.record(Kind.REQUEST, ticket="AAA", method="POST", path="/orders/list", **leaving_now())
        assert await counted_anew(requests) == OpenWrites(under_way=1)
