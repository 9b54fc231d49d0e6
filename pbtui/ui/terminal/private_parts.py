"""Fallback for releases of Textual that lack a private part which a module here uses.

The modules of this folder are the only ones that touch private parts of Textual, and each says which and why. The tests
hold every part against the release that is installed. A release that lacks one is not supported; the desk still runs on
it, in Textual's own way, and says so in the log.
"""

import logging

LOG = logging.getLogger("pbtui.ui.terminal")
# Without a handler Python prints warnings on stderr, which is the screen.
LOG.addHandler(logging.NullHandler())

_reported: set[str] = set()


def report_missing(part: str, instead: str) -> None:
    """Say in the log, once for each part, what this release of Textual lacks and what is done instead."""
    if part not in _reported:
        _reported.add(part)
        LOG.warning("this release of Textual has no %s: %s", part, instead)


def has_parts(owner: object, *names: str, instead: str) -> bool:
    """Return whether the owner has all of these attributes; those it lacks are reported."""
    missing = [name for name in names if not hasattr(owner, name)]
    for name in missing:
        report_missing(f"{type(owner).__name__}.{name}", instead)
    return not missing
