"""Causes of a call that failed: the words for them, and the errors after which nothing has left this machine."""

import os
import socket
import ssl
from collections.abc import Mapping

from pbtui.api.answer import MAX_MESSAGE_LENGTH
from pbtui.api.sanitize import safe_text
from pbtui.api.transport.authorities import why_refused
from pbtui.api.transport.httpx_alone import httpx

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Errors of httpx after which nothing has left this machine."""

_CAUSES: Mapping[type[Exception], str] = {
    httpx.ConnectTimeout: "timeout while connecting",
    httpx.PoolTimeout: "all connections are in use",
    httpx.ReadTimeout: "timeout while waiting for the answer",
    httpx.WriteTimeout: "timeout while sending the request",
}


def cause_of(error: Exception) -> str:
    """Return the innermost cause of httpx's error: 'Connection refused' instead of 'All connection attempts failed'."""
    if type(error) in _CAUSES:
        return _CAUSES[type(error)]
    innermost: BaseException = error
    while (deeper := innermost.__cause__ or innermost.__context__) is not None:
        innermost = deeper
    if isinstance(innermost, ssl.SSLCertVerificationError):
        return safe_text(why_refused(innermost))[:MAX_MESSAGE_LENGTH]
    words = str(innermost) or str(error) or type(error).__name__
    if isinstance(innermost, socket.gaierror):
        words = innermost.strerror or words
    elif isinstance(innermost, ConnectionError) and innermost.errno is not None:
        words = os.strerror(innermost.errno)
    return safe_text(words)[:MAX_MESSAGE_LENGTH]
