"""ASGI application of the API: reads a request, applies the fault plan, answers.

Sequence: too many calls at once (503), latency, 401 and other errors of the plan, drop before commit, the call itself,
drop after commit, garbage, slow drip. A call continues even if its caller hangs up.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http.client import responses
from urllib.parse import unquote

import msgspec
from starlette.types import Receive, Scope, Send

from pbtui.simulator.http.answers import Answer, corrupt
from pbtui.simulator.http.api import Address, Api, ApiRequest
from pbtui.simulator.http.faults import CallFaults, Faults
from pbtui.simulator.http.orders_api import removes_orders
from pbtui.simulator.http.request_log import LoggedRequest, RequestLog
from pbtui.simulator.http.wire import query_of
from pbtui.simulator.rejections import CallRefused

MOST_CALLS_AT_ONCE = 50
RATE_LIMIT_MESSAGE = "API rate limit exceeded"
DRIP_INTERVAL_S = 0.05


class ApiApplication:
    """Serves the exchanges over HTTP and applies the fault plan."""

    def __init__(self, api: Api, faults: Faults, log: RequestLog) -> None:
        self._api = api
        self._faults = faults
        self._log = log
        self._under_way = 0
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every wait and drop the connections that have no answer yet."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        request = await _read(scope, receive)
        if request is None:
            return
        self._under_way += 1
        try:
            await self._serve(request, _Reply(scope, receive, send, self._api.now))
        finally:
            self._under_way -= 1

    async def _serve(self, request: ApiRequest, reply: "_Reply") -> None:
        entry = self._noted(request)
        answer, call_faults = await self._answered(request)
        if answer is None:
            entry.answered = "dropped"
            await reply.drop()
            return
        entry.answered = answer.status
        if call_faults.garbage:
            corrupt(answer, call_faults.garbage)
        if call_faults.drip_bytes_per_s is None:
            await reply.send(answer)
        elif not await self._drip(answer, call_faults.drip_bytes_per_s, reply):
            await reply.drop()

    async def _answered(self, request: ApiRequest) -> tuple[Answer | None, CallFaults]:
        """Handle the call; return its answer and its faults.

        The answer is None if the connection must be dropped.
        """
        if self._under_way > MOST_CALLS_AT_ONCE:
            return Answer.of_refusal(CallRefused(503, RATE_LIMIT_MESSAGE)), CallFaults()
        address = Address.of(request.raw_path)
        kills = removes_orders(request.method, address.path if address else (), request.body)
        call_faults = self._faults.draw(request.method, address.relative if address else "/", kills=kills)
        if call_faults.latency_s and not await self._waited(call_faults.latency_s):
            return None, call_faults
        if call_faults.is_held and not await self._released():
            return None, call_faults
        if call_faults.unauthorized:
            return Answer.of_refusal(CallRefused(401, "the api key is not known")), call_faults
        if call_faults.error_status:
            message = (
                RATE_LIMIT_MESSAGE
                if call_faults.error_status == 503
                else responses.get(call_faults.error_status, "error")
            )
            return Answer.of_refusal(CallRefused(call_faults.error_status, message)), call_faults
        if call_faults.dropped_before_commit:
            return None, call_faults
        answer = self._api.answer(request, call_faults)
        return (None if call_faults.dropped_after_commit else answer), call_faults

    def _noted(self, request: ApiRequest) -> LoggedRequest:
        entry = LoggedRequest(
            method=request.method,
            path=unquote(request.raw_path),
            query=request.query.values,
            body=_readable(request.body),
            received_at=self._api.now(),
            key=self._api.keys.name_of(request.secret),
        )
        self._log.note(entry)
        return entry

    async def _drip(self, answer: Answer, bytes_per_s: float, reply: "_Reply") -> bool:
        """Send the answer slowly; return False if the simulator closes before the end."""
        await reply.start(answer)
        size = max(1, round(bytes_per_s * DRIP_INTERVAL_S))
        pause_s = size / bytes_per_s
        body = answer.body
        for begin in range(0, len(body), size):
            if not await self._waited(pause_s):
                return False
            await reply.send_part(body[begin : begin + size], more=True)
        await reply.send_part(b"", more=False)
        return True

    async def _released(self) -> bool:
        """Wait until the fault plan is replaced; False if the simulator closes meanwhile."""
        ends = [asyncio.create_task(event.wait()) for event in (self._faults.replaced, self._closing)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        return not self._closing.is_set()

    async def _waited(self, delay_s: float) -> bool:
        """Wait that long; return False if the simulator closes meanwhile."""
        try:
            await asyncio.wait_for(self._closing.wait(), delay_s)
        except TimeoutError:
            return True
        return False


class _Reply:
    """Sends the answer to one HTTP request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, now: Callable[[], datetime]) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._now = now

    async def send(self, answer: Answer) -> None:
        """Send the complete answer."""
        await self.start(answer)
        for part in answer.parts():
            await self.send_part(part, more=True)
        await self.send_part(b"", more=False)

    async def start(self, answer: Answer) -> None:
        """Send the status and the headers."""
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        headers.append((b"date", format_datetime(self._now(), usegmt=True).encode()))
        if answer.status != 204:
            headers.append((b"content-type", answer.media_type.encode()))
            headers.append((b"content-length", str(answer.length).encode()))
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def send_part(self, body: bytes, *, more: bool) -> None:
        """Send one part of the body."""
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def drop(self) -> None:
        """Close the connection without sending anything more."""
        self._scope["state"]["connection"].abort()
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _read(scope: Scope, receive: Receive) -> ApiRequest | None:
    """Return the request with its complete body; None if the caller hung up first."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = dict(scope["headers"])
    secret = headers.get(b"api_key")
    return ApiRequest(
        method=scope["method"],
        raw_path=scope["raw_path"].decode("latin-1"),
        query=query_of(scope["query_string"].decode("latin-1")),
        body=bytes(body),
        secret=secret.decode("latin-1") if secret is not None else None,
    )


def _readable(body: bytes) -> msgspec.Raw | str | None:
    if not body:
        return None
    try:
        return msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        return body.decode("utf-8", "replace")
