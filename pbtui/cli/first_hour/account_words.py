"""Words about the server, the key, and the environment of a profile."""

from datetime import datetime

from pbtui.api.transport.contact import Contact
from pbtui.cli.reads.whoami import key_lines
from pbtui.desk.formats.market_words import NOT_STATED, status_words
from pbtui.desk.key.trial import Account
from pbtui.settings.areas import AREAS
from pbtui.settings.profiles import Environment, Profile

CLOCK_MAY_DIFFER_S = 2.0
CERTIFICATE_ENDS_SOON_DAYS = 14
_ENVIRONMENTS = {
    Environment.PRODUCTION: "PRODUCTION: real orders, real money",
    Environment.TEST: "test: no real orders",
}
_NAMED = 12
"""Number of portfolios or areas that are named; the rest is counted."""


def certificate_words(contact: Contact, now: datetime) -> str:
    """Return who issued the server's certificate, and for how long it is valid."""
    if contact.certificate is None:
        return "none: plain http, which stays on this machine"
    days = (contact.certificate.ends_at - now).days
    return f"accepted, issued by {contact.certificate.issuer}, valid for {days} more days"


def clock_words(contact: Contact) -> str:
    """Return how far this host's clock is from the server's."""
    differs_s = contact.clock_differs_s
    if differs_s is None:
        return "not compared: the server does not state its time"
    if abs(differs_s) <= CLOCK_MAY_DIFFER_S:
        return "agrees with the server's"
    return f"{abs(differs_s):.0f} s {'ahead of' if differs_s > 0 else 'behind'} the server's"


def account_lines(account: Account, profile: Profile) -> list[tuple[str, str]]:
    """Return what the key may do and what it reaches, as labelled lines."""
    key = [("Key", f"accepted; its name and rights are {NOT_STATED}")]
    if account.key is not None:
        key = [line for line in key_lines(account.key, profile) if line[0] != "Server"]
    market = account.market
    exchange = profile.exchange if market is None or market.exchange is None else market.exchange
    mode = f" ({market.exchange_mode})" if market is not None and market.exchange_mode else ""
    return [
        *key,
        ("Portfolios", counted(portfolios_of(account))),
        ("Exchange", f"{exchange}{mode}"),
        ("Market", NOT_STATED if market is None else status_words(market)),
        ("Areas", counted(areas_of(account))),
        ("URLs", url_words(account, profile)),
        ("Environment", _ENVIRONMENTS[profile.environment]),
    ]


def url_words(account: Account, profile: Profile) -> str:
    """Return which of the two families of URLs the server answers at."""
    own = f"/{profile.exchange}/v2/api answers"
    if account.all_exchanges_url is None:
        return f"{own}; /v2/api, of all exchanges, gave no answer"
    return f"{own}; so does /v2/api" if account.all_exchanges_url else f"{own}; /v2/api is not offered, nor needed"


def portfolios_of(account: Account) -> list[str]:
    """Return the ids of the portfolios that the key reaches."""
    reached = () if account.key is None else account.key.portfolios or ()
    return [portfolio.id for portfolio in reached if portfolio.id]


def areas_of(account: Account) -> list[str]:
    """Return the short names of the exchange's delivery areas, or their codes."""
    return [AREAS.get(area.eic, area.eic) for area in account.areas or () if area.eic]


def counted(names: list[str]) -> str:
    """Return a list of names, of which the later ones are only counted."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}" if names else NOT_STATED
