"""The verdicts of kills whose programs could not report them: the store was away, and the programs have ended."""

from collections.abc import Sequence
from contextlib import suppress

from pbtui.api.structs import replace
from pbtui.desk.journal.recent import verdict_of
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.storage.places import Owner
from pbtui.desk.team.store import HaltRecord, TeamStore, WantedHalt


def with_verdict(kill: WantedHalt, owner: Owner) -> WantedHalt:
    """The kill with its newest verdict in the journal of its profile at this host, if that has one."""
    with suppress(JournalUnusable, OSError):
        return replace(kill, verdict=verdict_of(owner, kill.token, kill.fired_at))
    return kill


def lacks_verdict(halt: HaltRecord) -> bool:
    """Return whether it is the halt of a kill of which the store knows no verdict."""
    return bool(halt.action) and not halt.verdict


async def bring_verdicts(
    store: TeamStore, kills: Sequence[WantedHalt | HaltRecord], halts: Sequence[HaltRecord]
) -> list[HaltRecord]:
    """Record the verdicts of these kills where the store has none. Returns the halts with them.

    Raises StoreUnreachable.
    """
    known = {kill.token: kill.verdict for kill in kills}
    found = []
    for halt in halts:
        verdict = known.get(halt.token, "")
        if verdict and lacks_verdict(halt):
            await store.note_verdict(halt.token, verdict)
            found.append(replace(halt, verdict=verdict))
        else:
            found.append(halt)
    return found
