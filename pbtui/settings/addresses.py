"""Addresses: which URLs a profile may name, and what a URL says about the exchange behind it.

The rules are narrow on purpose: an API key goes out to this URL, and a stored key is bound to its host. One host must
have one spelling, and what is not surely a test counts as production.
"""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

EXAMPLE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"
API_PATH = ["v2", "api"]

_VENDOR_DOMAIN = ".powerbot-trading.com"
_TEST_HOSTS = frozenset({f"staging{_VENDOR_DOMAIN}", f"playground{_VENDOR_DOMAIN}"})
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PATH_SEGMENT = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]+")


def check_api_url(text: str) -> str:
    """The URL of one exchange's API without a trailing slash.

    Raises ValueError with a reason that completes "base_url …" and does not repeat the URL: it may hold a password.
    """
    url = _split(text)
    if url.scheme == "http" and not is_loopback(host_of(text)):
        raise ValueError("must start with https://; plain http is only for this machine (localhost)")
    segments = _segments(url)
    if len(segments) < 3 or segments[-2:] != API_PATH or not all(map(_PATH_SEGMENT.fullmatch, segments)):
        raise ValueError(f"must end in /<exchange>/v2/api, such as {EXAMPLE_URL}")
    return text.rstrip("/")


def check_proxy_url(text: str) -> str:
    """The URL of an HTTP proxy. Raises ValueError as `check_api_url` does."""
    if _segments(_split(text)):
        raise ValueError("must end after the proxy's host and port")
    return text.rstrip("/")


def host_of(url: str) -> str:
    """The URL's host in lower case, without the port."""
    return urlsplit(url).hostname or ""


def exchange_of(api_url: str) -> str:
    """The exchange of a checked API URL, such as `epex`."""
    return _segments(urlsplit(api_url))[-3]


def tenant_of(api_url: str) -> str | None:
    """The company a checked API URL names before the exchange, such as `playground`; None where it names none."""
    before_exchange = _segments(urlsplit(api_url))[:-3]
    return before_exchange[-1] if before_exchange else None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: `localhost` or a loopback address, in full."""
    return host == "localhost" or (_is_ip_address(host) and ip_address(host).is_loopback)


def is_test_exchange(api_url: str) -> bool:
    """Whether a checked API URL is surely not production.

    That is loopback, the vendor's staging and playground hosts, and the tenant `playground` on the vendor's others.
    """
    host = host_of(api_url)
    vendors_playground = host.endswith(_VENDOR_DOMAIN) and tenant_of(api_url) == "playground"
    return is_loopback(host) or host in _TEST_HOSTS or vendors_playground


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
