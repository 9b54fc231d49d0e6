"""The words for the cause of a failed call."""

import errno
import socket

import pytest

from pbtui.api.transport.causes import cause_of
from pbtui.api.transport.httpx_alone import httpx


def caused_by(cause: Exception) -> httpx.ConnectError:
    """Return the error that httpx makes of this one."""
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectTimeout(""), "timeout while connecting"),
        (caused_by(ConnectionRefusedError(errno.ECONNREFUSED, "[Errno 111]")), "Connection refused"),
        (caused_by(socket.gaierror(socket.EAI_NONAME, "Name or service not known")), "Name or service not known"),
        (httpx.ReadError(""), "ReadError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_innermost_cause_is_said(error: Exception, words: str) -> None:
    assert cause_of(error) == words
