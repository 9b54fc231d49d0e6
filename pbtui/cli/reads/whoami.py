"""`pbtui whoami`: name, type, rights and portfolios of the API key."""

import click

from pbtui.api.reads.client import ReadsClient, Unavailable
from pbtui.api.reads.identity import ApiKeyDetails
from pbtui.cli.access import chosen_profile, wire_json
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import print_table
from pbtui.cli.reads.output import ask_reads, end_if_refused, print_lines, report_gaps
from pbtui.desk.formats.market_words import NOT_STATED, key_type_words, rights_words
from pbtui.settings.profiles import Profile

_PORTFOLIO_TYPES = {"STANDARD": "standard", "READ_ONLY": "read-only", "SHADOW_TRADING": "shadow trading"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the server's own JSON.")
@click.pass_obj
def whoami(invocation: Invocation, as_json: bool) -> None:
    """Show name, type, rights and portfolios of the API key."""
    profile = chosen_profile(invocation)
    found = ask_reads(profile, ReadsClient.get_current_api_key_portfolios)
    if isinstance(found, Unavailable):
        end_if_refused({"key": found})
    elif as_json:
        click.echo(wire_json(found.answer.body))
    else:
        print_lines(key_lines(found.value, profile))
        if found.value.portfolios:
            click.echo()
            print_table(portfolio_table(found.value))
    report_gaps({"key": found})


def key_lines(details: ApiKeyDetails, profile: Profile) -> list[tuple[str, str]]:
    """Return the key as labelled lines, with the portfolios of the profile that it does not reach."""
    tenant = " ".join(
        part for part in (details.tenant_name, f"({details.tenant_id})" if details.tenant_id else "") if part
    )
    lines = [
        ("Key", details.name or NOT_STATED),
        ("Type", key_type_words(details)),
        ("Tenant", tenant or NOT_STATED),
        ("Rights", rights_words(details)),
        ("Server", profile.host),
    ]
    if details.description:
        lines.insert(1, ("Description", details.description))
    if details.portfolios is not None and not details.inherit_tenant_portfolios:
        reached = {portfolio.id for portfolio in details.portfolios}
        missing = [name for name in profile.portfolios if name not in reached]
        if missing:
            lines.append(("Out of reach", f"{', '.join(missing)}: in the profile {profile.name}, but not of this key"))
    return lines


def portfolio_table(details: ApiKeyDetails) -> list[list[str]]:
    """Return the table of portfolios, headings first."""
    return [
        ["PORTFOLIO", "NAME", "TYPE", "TENANT"],
        *(
            [
                portfolio.id or "",
                portfolio.name or "",
                _PORTFOLIO_TYPES.get(portfolio.type or "", portfolio.type or ""),
                portfolio.tenant_name or portfolio.tenant_id or "",
            ]
            for portfolio in details.portfolios or ()
        ),
    ]
