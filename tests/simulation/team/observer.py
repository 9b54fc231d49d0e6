"""Sees what is committed in the store of a team, and checks (e) and (f) of docs/determinism.md over all its hosts."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from math import inf

from pbtui.api.clock import utc_now
from pbtui.desk.journal.line import line_hash, read_line
from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.progress import Doubt, KillView
from pbtui.desk.storage.disk import disk
from pbtui.desk.storage.places import Owner, journal_folder
from tests.simulation.loop import BEGIN_AT
from tests.simulation.process import HOST, PROCESS
from tests.simulation.story import Chronicler
from tests.simulation.team.database import Halt as HaltRow
from tests.simulation.team.database import Send
from tests.simulation.team.server import Server

_BROUGHT_WITHIN = timedelta(seconds=8)
"""A desk brings a line a second after it was written, and tries again two seconds after a failure."""


class TeamObserver:
    """Checks what the desks of one server do against what its store has.

    A halt holds from its commit until the commit of a re-arm whose trader was shown it: `means` notes what was shown.
    """

    def __init__(self, story: Chronicler, server: str, now: Callable[[], datetime]) -> None:
        self._story = story
        self._now = now
        self._server = server
        self.store: Server | None = None
        self._meant: set[str] = set()
        self._hosts_that_rearmed: set[str] = set()
        self._left: set[int] = set()
        self._seen: dict[int, HaltRow] = {}
        self._lifted_at: dict[int, datetime] = {}
        """When the lift of a halt was committed, by its epoch: until then no send can enter."""

    # ------------------------------------------------------------ the store

    def changed(self) -> None:
        """Something was committed: a halt that was lifted is one that a trader was shown (e)."""
        for halt in self._halts():
            before, now = self._seen.get(halt.record.epoch), halt
            if before is now:
                continue
            self._seen[halt.record.epoch] = now
            record = now.record
            if now.lifted is not None:
                self._lifted_at.setdefault(record.epoch, self._now())
            if before is None:
                self._story.note("store", f"halt {record.epoch} of {record.host}, sends before: {record.sends_before}")
            elif now.lifted is None:
                self._story.note("store", f"halt {record.epoch} of {record.host} has a verdict: {record.verdict}")
            elif not self._is_meant(now):
                what = f"halt {record.epoch} of {record.host} was lifted by {record.lifted_on}, which was not shown it"
                self._story.violation("e", what)
            else:
                self._story.note("store", f"halt {record.epoch} is lifted by {record.lifted_on}")

    def means(self, host: str, shown: Halt) -> None:
        """A trader on a host re-arms the halt that is shown there.

        One that is of this desk alone stands for the kills of the host, which came to its disk after it was shown.
        """
        self._meant.update(shown.tokens)
        if not (shown.owner or shown.is_others):
            self._hosts_that_rearmed.add(host)

    def _is_meant(self, halt: HaltRow) -> bool:
        record = halt.record
        is_own = record.host == record.lifted_on and record.host in self._hosts_that_rearmed
        return is_own or record.token in self._meant

    # ------------------------------------------------------------ the wire

    def leaves(self, station: str, method: str, path: str) -> float:
        """A request that enters leaves this process: the store has registered it, and no halt held then (e).

        Returns when it was registered, in the seconds of the loop.
        """
        call = f"{method} {path.partition('/v2/api')[2]}"
        send = next((send for send in reversed(list(self._sends())) if self._covers(send, call)), None)
        if send is None:
            self._story.violation("e", f"{station} sent {call}, which the store has not registered")
            return inf
        self._left.add(send.record.id)
        for halt in self._halts():
            is_before = halt.commit < send.commit
            is_lifted = halt.lifted is not None and halt.lifted < send.commit
            if is_before and not is_lifted:
                words = f"{station} sent {call}, registered after halt {halt.record.epoch}"
                self._story.violation("e", f"{words} of {halt.record.host}, which still held")
        return (send.record.registered_at - BEGIN_AT).total_seconds()

    def _covers(self, send: Send, call: str) -> bool:
        """Whether this is the registration of such a request of the process that runs."""
        assert self.store is not None
        process = self.store.processes[send.record.desk]
        is_free = send.ended_at is None and send.record.id not in self._left
        return is_free and process is PROCESS.get() and send.record.call == call

    # ------------------------------------------------------------ the kills

    def verified(self, station: str, view: KillView, fired_s: float, read_s: float) -> None:
        """A kill says VERIFIED: unless it names a doubt, no send from before its halt can land (f)."""
        if Doubt.WRITES_NOT_KNOWN in view.doubts:
            self._story.says("kill VERIFIED without the store")
            return
        # Another desk of the host may have put the halt into the store.
        fired_at, here = BEGIN_AT + timedelta(seconds=fired_s), HOST.get()
        own = [halt for halt in self._halts() if halt.record.host == here and halt.record.halted_at >= fired_at]
        if not own:
            self._story.violation("f", f"{station} said VERIFIED without a doubt, but its halt is not in the store")
            return
        read_at = BEGIN_AT + timedelta(seconds=read_s)
        # A later kill at this host has a halt of its own; that one may be lifted while the one of this kill holds.
        records = [halt.record for halt in own]
        holding = [record for record in records if self._lifted_at.get(record.epoch, read_at) >= read_at]
        if not holding:
            epoch = records[-1].epoch
            self._story.violation("f", f"{station} said VERIFIED without a doubt, but halt {epoch} was lifted")
            return
        epoch = holding[-1].epoch
        open_ids = [send.record.id for send in self._before(epoch)]
        if open_ids:
            self._story.violation(
                "f", f"{station} said VERIFIED, but sends {open_ids} from before halt {epoch} can land"
            )

    # ------------------------------------------------------------ the journals

    def ends(self, owner: Owner, *, has_all: bool) -> None:
        """All desks of this host are closed: the store has the lines of their files, in order, each once (o).

        With `has_all`, all that are not new: the last ones may come with the next desk.
        """
        assert self.store is not None
        for path in disk().files(journal_folder(owner)):
            lines = disk().read(path).split(b"\n")[:-1]
            stored = self.store.database.journals.runs.get(line_hash(lines[0]), []) if lines else []
            missing = [line for line in lines[len(stored) :] if read_line(line).at < utc_now() - _BROUGHT_WITHIN]
            if stored != lines[: len(stored)]:
                self._story.violation("o", f"the store has other lines than {path.name} of {HOST.get()}")
            elif has_all and missing:
                what = f"{len(missing)} lines of {path.name} of {HOST.get()}, the first: {missing[0].decode()}"
                self._story.violation("o", f"the store lacks {what}")

    # ------------------------------------------------------------ inside

    def _halts(self) -> list[HaltRow]:
        assert self.store is not None
        return [halt for (of, _), halt in self.store.database.tables.halts.items() if of == self._server]

    def _sends(self) -> Iterator[Send]:
        assert self.store is not None
        return (send for send in self.store.database.tables.sends.values() if send.server == self._server)

    def _before(self, epoch: int) -> Iterable[Send]:
        assert self.store is not None
        return self.store.database.before(self._server, epoch)
