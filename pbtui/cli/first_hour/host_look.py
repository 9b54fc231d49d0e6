"""A look at the host and the profile for `pbtui doctor`: settings, key, server, proxy, team store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta

from pbtui.api.errors import OrdersApiError
from pbtui.api.transport.contact import Contact
from pbtui.cli.first_hour.account_words import (
    CERTIFICATE_ENDS_SOON_DAYS,
    CLOCK_MAY_DIFFER_S,
    certificate_words,
    clock_words,
)
from pbtui.cli.first_hour.config import faults_of
from pbtui.cli.first_hour.findings import Finding, fault, note, ok
from pbtui.cli.first_hour.server import reach
from pbtui.cli.invocation import Invocation
from pbtui.desk.event_loop import run
from pbtui.desk.team.store import StoreUnreachable
from pbtui.settings.file import default_file
from pbtui.settings.key_text import CredentialsError
from pbtui.settings.named_command import named_command
from pbtui.settings.profiles import Profile, Settings
from pbtui.settings.secrets import credentials
from pbtui.settings.secrets.credentials import configured_sources, found_in
from pbtui.settings.shell_command import shell_command

CLOCK_IS_WRONG_S = 30.0
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def has_file(invocation: Invocation) -> bool:
    """Return whether there is a settings file, or one is named that should be there. Raises SettingsError."""
    return invocation.config_file is not None or os.path.lexists(default_file())


def settings_findings(invocation: Invocation) -> Iterator[Finding]:
    """Look at the settings file."""
    file = invocation.config_file or default_file()
    if not has_file(invocation):
        yield note("settings", f"there is no {file} yet: {named_command(file, None, 'setup')}")
        return
    faults = list(faults_of(invocation))
    yield from (fault("settings", text) for text in faults)
    if not faults:
        yield ok("settings", str(file))


def profile_findings(profile: Profile) -> Iterator[Finding]:
    """Look at the key of a profile, the keyring, and the server. The key itself is not sent."""
    mode = "opens read-only" if profile.read_only else "opens with trading on"
    yield ok("profile", f"{profile.name}, {profile.environment.value}, {profile.exchange} at {profile.host}, {mode}")
    yield from _key_findings(profile)
    yield from server_findings(profile)


def _key_findings(profile: Profile) -> Iterator[Finding]:
    source, status = next(configured_sources(profile), None), credentials.keyring_status(profile)
    if source is not None:
        try:
            found_in(source, profile)
        except CredentialsError as error:
            yield fault("API key", str(error))
        else:
            yield ok("API key", f"{source.kind} {source.place}")
    elif status.holds_key:
        yield ok("API key", credentials.KEYRING)
    else:
        store = shell_command(profile, "keys", "set")
        yield note("API key", f"no place has it, so it is asked for; to keep it: {store}")
    if status.problem:
        reason, _, _ = status.problem.partition(". ")
        yield note("keyring", f"{reason}.")
    else:
        holds = "holds a key" if status.holds_key else "holds no key"
        yield ok("keyring", f"{status.backend}, {holds} for this server")


def server_findings(profile: Profile) -> Iterator[Finding]:
    """Look at the server: whether it answers, its certificate, and this host's clock."""
    try:
        contact = reach(profile)
    except OrdersApiError as error:
        yield fault("server", error.reason)
        return
    if contact.redirects_to:
        yield fault("server", "answers with a redirect: it has moved, or base_url is that of a login page")
    else:
        yield ok("server", f"{profile.host} answers{' through the proxy' if profile.proxy else ''}")
    yield from contact_findings(contact)


def contact_findings(contact: Contact) -> Iterator[Finding]:
    """Grade the certificate and the clock."""
    words = certificate_words(contact, contact.received_at)
    soon = contact.received_at + timedelta(days=CERTIFICATE_ENDS_SOON_DAYS)
    ends_soon = contact.certificate is not None and contact.certificate.ends_at < soon
    yield note("certificate", f"{words}: it ends soon") if ends_soon else ok("certificate", words)
    differs_s, words = abs(contact.clock_differs_s or 0.0), clock_words(contact)
    if differs_s > CLOCK_IS_WRONG_S:
        yield fault("clock", f"{words}: set it, times of orders depend on it")
    elif differs_s > CLOCK_MAY_DIFFER_S or contact.server_at is None:
        yield note("clock", words)
    else:
        yield ok("clock", words)


def proxy_findings(environ: Mapping[str, str], profile: Profile | None) -> Iterator[Finding]:
    """Look at the proxy, and at the variables that other programs read; pbtui reads none of them."""
    yield ok("proxy", "none" if profile is None or profile.proxy is None else "that of the profile")
    ignored = [name for name in (*_PROXIES, *_AUTHORITIES) if environ.get(name) or environ.get(name.lower())]
    if ignored:
        yield note("variables", f"ignored on purpose: {', '.join(ignored)}. A profile has proxy and ca_file instead")


def store_finding(settings: Settings) -> Finding:
    """Look at the team store."""
    if not settings.team.store:
        return ok("team store", "not configured")
    try:
        from pbtui.desk.team.database.administration import address_as, look_at
        from pbtui.desk.team.database.connection import Unusable
    except ImportError:
        return fault("team store", "the driver of PostgreSQL is missing: pip install 'pbtui[team]'")
    try:
        seen = run(look_at(address_as(settings.team, settings.file, None)))
    except (Unusable, StoreUnreachable, ValueError) as error:
        return fault("team store", str(error))
    words = f"answers, schema version {seen.state.schema_version}"
    if abs(seen.ahead_s) > CLOCK_MAY_DIFFER_S:
        return note("team store", f"{words}; this host's clock differs by {abs(seen.ahead_s):.0f} s")
    return ok("team store", words)
