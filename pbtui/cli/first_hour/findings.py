"""Findings of `pbtui doctor`, and the text that holds them: nothing in it is secret, so it can be mailed."""

import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from ipaddress import ip_address
from typing import NamedTuple

from pbtui.api.sanitize import safe_text
from pbtui.settings.redaction import redacted

_HOST_OF_URL = re.compile(r"(?<=://)[A-Za-z0-9._-]+")


class Grade(StrEnum):
    """The weight of a finding for the use of pbtui."""

    OK = "ok"
    NOTE = "note"
    """Something is as one may not expect; pbtui can be used."""
    FAULT = "FAULT"
    """Something has to be mended."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    grade: Grade
    subject: str
    text: str


def ok(subject: str, text: str) -> Finding:
    """Return a finding that is as it should be."""
    return Finding(Grade.OK, subject, text)


def note(subject: str, text: str) -> Finding:
    """Return a finding that is good to know."""
    return Finding(Grade.NOTE, subject, text)


def fault(subject: str, text: str) -> Finding:
    """Return a finding that has to be mended."""
    return Finding(Grade.FAULT, subject, text)


def report(head: Sequence[str], findings: Sequence[Finding], *, home: str, hosts: Collection[str]) -> str:
    """Return the text. The home folder is `~` in it, the hosts are cut to their first part, and no key is in it."""
    width = max(len(finding.subject) for finding in findings)
    lines = [f"{finding.grade:<5}  {finding.subject:<{width}}  {finding.text}" for finding in findings]
    faults, notes = (sum(finding.grade is grade for finding in findings) for grade in (Grade.FAULT, Grade.NOTE))
    counts = f"{_count(faults, 'fault')}, {_count(notes, 'note')}"
    return "\n".join(_mailable(line, home, hosts) for line in [*head, "", *lines, "", counts])


def short_host(host: str) -> str:
    """Return the first part of a host's name: `staging…`; an address and a name of one part as they are."""
    try:
        ip_address(host)
    except ValueError:
        first, dot, _ = host.partition(".")
        return f"{first}…" if dot else host
    return host


def _mailable(line: str, home: str, hosts: Collection[str]) -> str:
    for host in hosts:
        line = line.replace(host, short_host(host))
    line = _HOST_OF_URL.sub(lambda found: short_host(found[0]), line)
    if home.strip("/"):
        line = line.replace(home.rstrip("/"), "~")
    return safe_text(redacted(line))


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
