"""The server of a new profile: asked for, checked, and reached once without a key."""

from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from pbtui.api.clock import utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.transport.connection import Timeouts
from pbtui.api.transport.contact import Contact, make_contact
from pbtui.cli.first_hour.account_words import certificate_words, clock_words
from pbtui.cli.first_hour.questions import answer_to, choice, say
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal
from pbtui.desk.event_loop import run
from pbtui.settings.addresses import (
    API_PATH,
    EXAMPLE_URL,
    check_api_url,
    exchange_of,
    host_of,
    is_loopback,
    is_test_exchange,
)
from pbtui.settings.file import own_profile_problem
from pbtui.settings.profiles import Environment, Profile

CONTACT = Timeouts(connect_s=5, next_bytes_s=5, deadline_s=10)

_AGAIN, _URL, _CA_FILE, _PROXY, UNTRIED = "again", "url", "ca-file", "proxy", "untried"


class Wanted(Struct):
    """Answers so far, by options or typed; None for what is still to be asked for, or not wanted."""

    url: str | None = None
    name: str | None = None
    environment: str | None = None
    ca_file: str | None = None
    proxy: str | None = None


def full_url(typed: str) -> str:
    """Return a typed URL with https:// in front and /v2/api at its end, where these were left out.

    Raises ValueError with the reason why it can't be the URL of an exchange.
    """
    url = (typed if "://" in typed else f"https://{typed}").rstrip("/")
    ending = "".join(f"/{part}" for part in API_PATH)
    return check_api_url(url if url.endswith(ending) else url + ending)


def profile_of(wanted: Wanted) -> Profile:
    """Return the profile, asking for what is missing. Raises LocalRefusal."""
    if wanted.url is None and at_terminal():
        say(f"The address of the exchange's API is a URL such as {EXAMPLE_URL}")
    url = wanted.url = answer_to("URL", "--url", full_url, given=wanted.url)
    environment = _environment(url, wanted.environment)
    wanted.environment = environment.value
    name = wanted.name = answer_to(
        "Name of the profile",
        "its name after `setup`",
        partial(_named, url),
        given=wanted.name,
        default="test" if environment is Environment.TEST else exchange_of(url).lower(),
    )
    return Profile(
        name=name,
        base_url=url,
        environment=environment,
        ca_file=None if wanted.ca_file is None else _ca_file(url, wanted.ca_file),
        proxy=None if wanted.proxy is None else _proxy(url, wanted.proxy),
    )


def _ca_file(url: str, given: str | None) -> Path:
    def checked(typed: str) -> Path:
        return Path(str(_setting(url, "ca_file", Path(typed).expanduser().absolute())))

    return answer_to("File with the certificate of the authority", "--ca-file", checked, given=given)


def _proxy(url: str, given: str | None) -> str:
    return answer_to("URL of the proxy", "--proxy", lambda typed: str(_setting(url, "proxy", typed)), given=given)


def _environment(url: str, given: str | None) -> Environment:
    if given is not None:
        return Environment(given)
    if is_test_exchange(url):
        return Environment.TEST
    if not at_terminal():
        return Environment.PRODUCTION
    say("Are its orders real (production), or is it a test exchange or a simulator (test)?")
    words = [Environment.PRODUCTION.value, Environment.TEST.value]
    usual = Environment.TEST if is_loopback(host_of(url)) else Environment.PRODUCTION
    return Environment(choice("Environment", words, usual.value))


def _named(url: str, typed: str) -> str:
    if problem := own_profile_problem(typed):
        raise ValueError(problem)
    return str(_setting(url, "name", typed))


def _setting(url: str, field: str, value: object) -> object:
    """The value as the profile holds it. Raises ValueError with the reason alone."""
    values: dict[str, Any] = {"name": "new", "base_url": url, field: value}
    try:
        return getattr(Profile(**values), field)
    except ValueError as error:
        raise ValueError(str(error).removeprefix(f"{field}: ")) from None


def reached_server(wanted: Wanted) -> tuple[Profile, bool]:
    """Return the profile and whether its server answered. At a terminal, ask again until it does or the user gives up.

    Raises LocalRefusal where it would have to ask and there is no terminal.
    """
    while True:
        profile = profile_of(wanted)
        try:
            contact = reach(profile)
        except OrdersApiError as error:
            if not goes_on_after(f"The server could not be reached: {error.reason}.", wanted):
                return profile, False
        else:
            _report(contact)
            return profile, True


def reach(profile: Profile) -> Contact:
    """Return what the profile's server shows without a key. Raises OrdersApiError."""
    return run(make_contact(profile.base_url, CONTACT, ca_file=profile.ca_file, proxy=profile.proxy))


def _report(contact: Contact) -> None:
    say("The server answers.")
    say(certificate_words(contact, utc_now()), "Certificate")
    say(clock_words(contact), "Clock")
    if contact.redirects_to:
        say(f"to {contact.redirects_to}; not followed. It may be a login page, or it has moved.", "Redirect")


def goes_on_after(problem: str, wanted: Wanted) -> bool:
    """Say what failed, and ask what to change before the next try. Returns False if the user goes on without one.

    Raises LocalRefusal without a terminal.
    """
    if not at_terminal():
        raise LocalRefusal(f"{problem} Nothing was written.")
    say(problem)
    say("Try again, also with another URL, certificate file or proxy; or go on untried.")
    chosen = choice("Next", [_AGAIN, _URL, _CA_FILE, _PROXY, UNTRIED], _AGAIN)
    url = wanted.url or ""
    if chosen == _URL:
        wanted.url = answer_to("URL", "--url", full_url, given=None, default=url)
        wanted.environment = None
    elif chosen == _CA_FILE:
        wanted.ca_file = str(_ca_file(url, None))
    elif chosen == _PROXY:
        wanted.proxy = _proxy(url, None)
    return chosen != UNTRIED
