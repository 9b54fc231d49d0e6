"""Makes a read and says how it ended: with a list, with a value, or with an answer that it is not available."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar

from msgspec import Struct

from pbtui.api.answer import Answer
from pbtui.api.decoding.field_by_field import FieldReader, Readable
from pbtui.api.decoding.raw_list import decoded
from pbtui.api.errors import OrdersApiError, UnreadableReply
from pbtui.api.reads.decode import NOTHING_KNOWN, Elements, UnreadableElement, decode_list
from pbtui.api.sanitize import wire_id
from pbtui.api.transport.connection import Connection, Timeouts

Value = TypeVar("Value", bound=Readable)

DEFAULT_PAGE = 150
"""The length of a page if no limit is given."""
_NOT_OFFERED = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
_OF_A_THING = ("GET /contract/", "GET /portfolio/", "GET /tenant/")
"""The calls that have an id in their path: a 404 can also mean that the server does not know it, or not any more."""


class Unavailable(Struct, frozen=True):
    """A read that the server does not offer, that found nothing by its id (404), or that the key may not make (403).

    `server_message` is sanitised.
    """

    call: str
    status: int
    server_message: str

    @property
    def is_forbidden(self) -> bool:
        """Return whether the server offers the read, but not to this key."""
        return self.status == HTTPStatus.FORBIDDEN

    def __str__(self) -> str:
        why = "this server does not offer"
        if self.is_forbidden:
            why = "this API key may not call"
        elif self.status == HTTPStatus.NOT_FOUND and self.call.startswith(_OF_A_THING):
            why = "the server found nothing for"
        return f"{why} {self.call} ({self.status}: {self.server_message})"


class ListRead(Struct, Generic[Value], frozen=True):
    """A list and the answer that contained it. `page` is the length of a full page; None if the list has no pages."""

    answer: Answer
    elements: Elements[Value]
    page: int | None = None

    @property
    def gap(self) -> str:
        """Reason why the list may be incomplete; empty if it is complete. A page of a longer list is incomplete."""
        total, received = self.answer.total_count, self.elements.received
        if self.page_gap:
            return self.page_gap
        if total is None and self.page is not None and received >= self.page:
            return f"the server sent a full page of {received} and does not say how many there are"
        return "" if total in (None, received) else f"the server sent {received} of {total}"

    @property
    def page_gap(self) -> str:
        """Reason why the page itself may be incomplete; empty if it is complete."""
        status = self.answer.status
        return "" if status == HTTPStatus.OK else f"the server answered with only a part of the list ({status})"


class ValueRead(Struct, Generic[Value], frozen=True):
    """A value and the answer that contained it."""

    answer: Answer
    value: Value


class Calls:
    """Makes reads over a connection that somebody else closes."""

    def __init__(self, connection: Connection, timeouts: Timeouts) -> None:
        self._connection = connection
        self._timeouts = timeouts

    @property
    def calls_under_way(self) -> int:
        """Number of all calls over the connection that have no answer yet, those of other clients too."""
        return self._connection.calls_under_way

    @property
    def key_refusals(self) -> int:
        """Number of all calls over the connection that were answered with 401 or 403."""
        return self._connection.key_refusals

    async def _list(
        self,
        path: str,
        query: Mapping[str, object],
        reader: FieldReader[Value],
        *,
        page: int | None = None,
        known: Mapping[bytes, Value | UnreadableElement] = NOTHING_KNOWN,
    ) -> ListRead[Value] | Unavailable:
        answer = await self._read(path, query)
        if isinstance(answer, Unavailable):
            return answer
        decode = partial(decode_list, reader=reader, known=known)
        return ListRead(answer, await decoded(f"GET {path}", answer, decode), page)

    async def _value(
        self, path: str, reader: FieldReader[Value], query: Mapping[str, object] | None = None
    ) -> ValueRead[Value] | Unavailable:
        answer = await self._read(path, query or {})
        if isinstance(answer, Unavailable):
            return answer
        found = await decoded(f"GET {path}", answer, reader.read)
        if isinstance(found, str):
            reason = f"the answer is not an object that can be read: {found}"
            raise UnreadableReply(f"GET {path}", reason, status=answer.status, is_own=answer.is_own)
        return ValueRead(answer, found)

    async def _read(self, path: str, query: Mapping[str, object]) -> Answer | Unavailable:
        try:
            return await self._connection.request("GET", path, self._timeouts, query=query)
        except OrdersApiError as error:
            if error.status == HTTPStatus.FORBIDDEN or error.status in _NOT_OFFERED:
                return Unavailable(error.call, error.status, error.server_message)
            raise


def time_text(at: datetime | None) -> str | None:
    """Return a time as a parameter, in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def id_text(shown: str | None) -> str | None:
    """Return an id as a parameter."""
    return None if shown is None else wire_id(shown)
