"""The trial of a key at servers that do not show whether they know it."""

import pytest

from pbtui.api.client import OrdersClient
from pbtui.desk.key.trial import NOT_ACCEPTED, try_key
from pbtui.settings.key_text import Secret
from tests.raw_server import raw_server, reply

FORBIDDEN, UNAUTHORIZED = "403 Forbidden", "401 Unauthorized"


@pytest.mark.parametrize(
    ("status", "body", "content_type", "why"),
    [
        ("200 OK", b"[]", "application/json", ""),
        (UNAUTHORIZED, b'{"message": "unknown key"}', "application/json", NOT_ACCEPTED),
        (FORBIDDEN, b'{"message": "may not read"}', "application/json", ""),
        (FORBIDDEN, b"<html>your address is not allowed</html>", "text/html", "403"),
    ],
)
async def test_only_the_api_itself_accepts_a_key(status: str, body: bytes, content_type: str, why: str) -> None:
    async with (
        raw_server(reply(body, status, content_type)) as server,
        OrdersClient(server.base_url, Secret("a-key")) as client,
    ):
        found = await try_key(client)
    assert found == why if not why or why == NOT_ACCEPTED else why in found
