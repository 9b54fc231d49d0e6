"""What is known to break an invariant in today's desk, each with the reason.

The fixed window of the tests leaves these kinds of fault out and passes over these violations, so that it is green and
everything else holds in full in it. An entry is removed by the change that mends its cause.
`python -m tests.simulation` has all of them.
"""

from collections.abc import Iterable

from tests.simulation.story import Violation

KNOWN = {
    "stale reads": "(f): a server that shows an old state without saying so is believed; no client can see that",
}
"""Kinds of fault that the window leaves out."""

KNOWN_VIOLATIONS: dict[tuple[str, str], str] = {}
"""Violations that no kind of fault brings about by itself: the invariant, and the end of what was seen."""


def unexpected(violations: Iterable[Violation]) -> list[Violation]:
    """The violations that are not known."""
    return [seen for seen in violations if not any(_is(seen, *known) for known in KNOWN_VIOLATIONS)]


def _is(violation: Violation, invariant: str, ending: str) -> bool:
    return violation.invariant == invariant and violation.what.endswith(ending)
