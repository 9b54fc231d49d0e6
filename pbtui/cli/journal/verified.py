"""The exit codes of `pbtui journal verify`, of this host and of the team store."""

UNCHANGED, NOT_VERIFIED, PROBLEMS_FOUND, GAPS_FOUND = 0, 2, 3, 4


def code_of_both(here: int, store: int) -> int:
    """The exit code of both verifications. A host without a journal may verify the store, and the other way round."""
    return next(code for code in (PROBLEMS_FOUND, GAPS_FOUND, UNCHANGED, NOT_VERIFIED) if code in (here, store))
