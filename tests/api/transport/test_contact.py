"""The first contact with a server: its certificate, its clock, and no key on the wire."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pbtui.api.errors import NotSent, UnknownOutcome
from pbtui.api.transport.connection import Timeouts
from pbtui.api.transport.contact import Contact, certificate_of, make_contact
from tests.certificates import DAY, Authority
from tests.raw_server import drop, raw_server, reply

LIMITS = Timeouts(connect_s=30, next_bytes_s=30, deadline_s=60)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def test_a_server_shows_its_certificate_and_its_clock_and_gets_no_key(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    refused = reply(b"{}", "401 Unauthorized", Date=format_datetime(NOON, usegmt=True))
    async with raw_server(refused, tls=authority.server(ended=-5 * DAY)) as server:
        contact = await make_contact(server.base_url, LIMITS, ca_file=authority.file, proxy=None)
        [request] = server.requests
    assert request.target == "/playground/epex/v2/api/market"
    assert "api_key" not in request.headers
    assert contact.server_at == NOON
    assert contact.certificate is not None
    assert contact.certificate.issuer == "Authority of a company"
    assert timedelta(days=4, hours=23) < contact.certificate.ends_at - contact.received_at < 5 * DAY


async def test_a_certificate_of_an_unknown_authority_is_refused_with_the_remedy(tmp_path: Path) -> None:
    async with raw_server(tls=Authority(tmp_path).server()) as server:
        with pytest.raises(NotSent, match=r"cannot reach 127.0.0.1: .*name its certificate file") as refused:
            await make_contact(server.base_url, LIMITS, ca_file=None, proxy=None)
        assert not server.requests
    assert refused.value.call == "GET /market"


async def test_a_server_without_tls_or_date_says_less_and_a_redirect_is_not_followed() -> None:
    moved = reply(b"", "302 Found", Location="https://login.example/", Date="soon")
    async with raw_server(moved) as server:
        contact = await make_contact(server.base_url, LIMITS, ca_file=None, proxy=None)
        assert len(server.requests) == 1
    assert (contact.certificate, contact.server_at, contact.clock_differs_s) == (None, None, None)
    assert contact.redirects_to == "https://login.example/"


async def test_no_answer_is_said() -> None:
    async with raw_server(drop) as server:
        with pytest.raises(UnknownOutcome, match="no answer"):
            await make_contact(server.base_url, LIMITS, ca_file=None, proxy=None)


async def test_a_redirect_to_what_is_no_url_is_no_answer() -> None:
    async with raw_server(reply(b"", "302 Found", Location="https://login.example/\x1b[31m")) as server:
        with pytest.raises(UnknownOutcome) as failed:
            await make_contact(server.base_url, LIMITS, ca_file=None, proxy=None)
    assert "\x1b" not in str(failed.value)


@pytest.mark.parametrize(
    ("requested_s", "received_s", "differs_s"),
    [(0, 0, 0), (0.9, 1.2, 0), (-3, 0.1, 0), (7, 8, 6), (-9, -8, -8)],
)
def test_what_the_wait_and_whole_seconds_explain_is_no_difference(
    requested_s: float, received_s: float, differs_s: float
) -> None:
    requested_at, received_at = (NOON + timedelta(seconds=seconds) for seconds in (requested_s, received_s))
    assert Contact(requested_at, received_at, NOON, None).clock_differs_s == pytest.approx(differs_s)


def test_the_issuer_is_safe_to_show() -> None:
    names = ((("organizationName", "Evil\x1b]52;c;\x07"),), (("commonName", "CA\u202e1"),))
    found = certificate_of({"issuer": names, "notAfter": "Dec 27 12:00:00 2026 GMT"})
    assert found.issuer == "Evil␛]52;c;␇, CA\ufffd1"
    assert found.ends_at == NOON.replace(month=12)
    assert certificate_of({"notAfter": "Dec 27 12:00:00 2026 GMT"}).issuer == "an unnamed authority"
