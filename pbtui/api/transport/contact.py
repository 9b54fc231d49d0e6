"""The first contact with a server: one request without a key, which shows its certificate and its clock."""

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from pbtui.api.answer import date_of
from pbtui.api.clock import utc_now
from pbtui.api.errors import NotSent, UnknownOutcome
from pbtui.api.sanitize import safe_text
from pbtui.api.transport.authorities import authorities
from pbtui.api.transport.causes import NEVER_LEFT, cause_of
from pbtui.api.transport.connection import Timeouts
from pbtui.api.transport.httpx_alone import httpx

_CALL = "GET /market"
"""A read that every release has. Without a key the server refuses it, and shows all the same that it is there."""


class Certificate(Struct, frozen=True):
    """The certificate of a server: who issued it, safe to show, and when it ends."""

    issuer: str
    ends_at: datetime


class Contact(Struct, frozen=True):
    """The facts that an answer shows. `server_at` is the server's clock, None if it does not state it.

    `certificate` is None for a server without TLS, and `redirects_to` is empty if it did not redirect.
    """

    requested_at: datetime
    received_at: datetime
    server_at: datetime | None
    certificate: Certificate | None
    redirects_to: str = ""

    @property
    def clock_differs_s(self) -> float | None:
        """Seconds by which this host's clock is ahead of the server's at least, negative if behind; None if unknown.

        The server's clock is in whole seconds, and its answer took a while: what that explains is no difference.
        """
        if self.server_at is None:
            return None
        ahead_s = (self.requested_at - self.server_at).total_seconds() - 1.0
        behind_s = (self.server_at - self.received_at).total_seconds()
        return ahead_s if ahead_s > 0 else -behind_s if behind_s > 0 else 0.0


async def make_contact(base_url: str, limits: Timeouts, *, ca_file: Path | None, proxy: str | None) -> Contact:
    """Send one request without a key, once. `ca_file` and `proxy` are those of `Connection`.

    Raises NotSent if the server can't be reached or its certificate is refused, UnknownOutcome if no answer came.
    """
    requested_at = utc_now()
    async with httpx.AsyncClient(
        verify=authorities(base_url, ca_file),
        proxy=proxy,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(limits.next_bytes_s, connect=limits.connect_s),
    ) as http:
        try:
            async with asyncio.timeout(limits.deadline_s), http.stream("GET", f"{base_url}/market") as response:
                return _contact(response, requested_at)
        except TimeoutError:
            raise UnknownOutcome(_CALL, f"no answer within {limits.deadline_s:g} s") from None
        except NEVER_LEFT as error:
            raise NotSent(_CALL, f"cannot reach {_host(base_url)}: {cause_of(error)}") from None
        except httpx.HTTPError as error:
            raise UnknownOutcome(_CALL, f"no answer: {cause_of(error)}") from None


def _host(base_url: str) -> str:
    return httpx.URL(base_url).host


def _contact(response: httpx.Response, requested_at: datetime) -> Contact:
    stream = response.extensions.get("network_stream")
    tls = None if stream is None else stream.get_extra_info("ssl_object")
    shown = None if tls is None else tls.getpeercert()
    return Contact(
        requested_at,
        utc_now(),
        date_of(response.headers.get("Date")),
        None if not shown else certificate_of(shown),
        safe_text(response.headers.get("Location", "")) if response.is_redirect else "",
    )


def certificate_of(shown: Mapping[str, object]) -> Certificate:
    """Return the certificate, given in the form of `ssl.SSLObject.getpeercert`."""
    parts = shown.get("issuer")
    names = dict(pair for part in parts for pair in part) if isinstance(parts, Iterable) else {}
    issuer = ", ".join(names[kind] for kind in ("organizationName", "commonName") if kind in names)
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    return Certificate(safe_text(issuer) or "an unnamed authority", ends_at)
