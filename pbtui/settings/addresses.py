"""Addresses: the URLs that a profile may use, and what a URL says about its exchange.

The rules are strict because the API key is sent to this URL and a stored key is bound to its origin. So each host has
one spelling, and every exchange that is not clearly a test exchange counts as production.
"""

import re
from functools import cache
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

EXAMPLE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"
API_PATH = ["v2", "api"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_VENDOR_DOMAIN = ".powerbot-trading.com"
_TEST_HOSTS = frozenset({f"staging{_VENDOR_DOMAIN}", f"playground{_VENDOR_DOMAIN}"})
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PATH_SEGMENT = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]+")


def check_api_url(text: str) -> str:
    """The URL of one exchange's API without a trailing slash.

    Raises ValueError with a reason that completes "base_url …". It does not repeat the URL, which may hold a password.
    """
    url = _split(text)
    if url.scheme == "http" and not is_loopback(host_of(text)):
        raise ValueError("must start with https://; plain http is only for this machine (localhost)")
    segments = _segments(url)
    if len(segments) < 3 or segments[-2:] != API_PATH or not all(map(_PATH_SEGMENT.fullmatch, segments)):
        raise ValueError(f"must end in /<exchange>/v2/api, such as {EXAMPLE_URL}")
    return text.rstrip("/")


def check_proxy_url(text: str) -> str:
    """The URL of an HTTP proxy without a trailing slash. Raises ValueError as `check_api_url` does."""
    if _segments(_split(text)):
        raise ValueError("must end after the proxy's host and port")
    return text.rstrip("/")


def host_of(url: str) -> str:
    """The URL's host in lower case, without the port."""
    return urlsplit(url).hostname or ""


def exchange_of(api_url: str) -> str:
    """The exchange of a checked API URL, such as `epex`."""
    return _segments(urlsplit(api_url))[-3]


@cache
def server_of(api_url: str) -> str:
    """The exchange behind a checked API URL: its origin and its path, the same text for all spellings of the URL.

    The tenant is part of the path.
    """
    return "/".join([origin_of(api_url), *_segments(urlsplit(api_url))[: -len(API_PATH)]])


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, which an API key is bound to; the same text for all spellings of the URL.

    The default port is left out. This machine is `localhost`, by whichever address. Raises ValueError as
    `check_api_url` does.
    """
    parts, host = _split(url), host_of(url)
    if _is_ip_address(host):
        address = ip_address(host)
        host = f"[{address}]" if address.version == 6 else str(address)
    if host in ("127.0.0.1", "[::1]"):
        host = "localhost"
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def tenant_of(api_url: str) -> str | None:
    """The company in a checked API URL before the exchange, such as `playground`, or None."""
    before_exchange = _segments(urlsplit(api_url))[:-3]
    return before_exchange[-1] if before_exchange else None


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine: `localhost` or a full loopback address."""
    return host == "localhost" or (_is_ip_address(host) and ip_address(host).is_loopback)


def is_test_exchange(api_url: str) -> bool:
    """Return whether a checked API URL is clearly not production.

    This is true for the vendor's staging and playground hosts, and for the tenant `playground` on the vendor's other
    hosts. A loopback address can be a tunnel to production.
    """
    host = host_of(api_url)
    vendors_playground = host.endswith(_VENDOR_DOMAIN) and tenant_of(api_url) == "playground"
    return host in _TEST_HOSTS or vendors_playground


def _split(text: str) -> SplitResult:
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("must be a URL of plain ASCII characters, without spaces and backslashes")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError("must be a URL with a valid host and port") from None
    if url.scheme not in ("http", "https"):
        raise ValueError("must start with https://")
    if "@" in url.netloc:
        raise ValueError("must not hold a user name or a password")
    if "?" in text or "#" in text:
        raise ValueError("must end after the path, without ? and #")
    host = url.hostname or ""
    if port == 0 or not (_HOST_NAME.fullmatch(host) or _is_ip_address(host)):
        raise ValueError("must be a URL with a valid host and port")
    return url


def _segments(url: SplitResult) -> list[str]:
    path = url.path.strip("/")
    return path.split("/") if path else []


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
