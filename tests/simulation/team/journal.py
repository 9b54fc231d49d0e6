"""The journal lines in the store of a team, in memory: the tables and the function of `0002_journal.sql`."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from tests.simulation.team.transactions import Mode, Transaction

Json = dict[str, Any]


class _Refused(Exception):
    """A line is not taken; the number of it, and why."""

    def __init__(self, line: int, reason: str) -> None:
        self.answer = {"refused": reason, "line": line}


class Journals:
    """The journals of all profiles. `runs` has the lines of each run, by the hash of its first line."""

    def __init__(self) -> None:
        self.runs: dict[str, list[bytes]] = {}
        self._chains: dict[tuple[str, str], list[str]] = {}
        """The chain over all lines of a profile, one hash for each."""

    async def add_journal_lines(
        self,
        transaction: Transaction,
        server: str,
        profile: str,
        _operator: str,
        _host: str,
        _file: str,
        run: str,
        first: int,
        contents: Sequence[bytes],
        _facts: object,
    ) -> Json:
        """Add lines of a run behind those that are there, each once; all of them or none."""
        await transaction.lock(f"journal {server} {profile}", Mode.CHANGE)
        await transaction.next_statement()
        chains = list(self._chains.get((server, profile), ()))
        lines = list(self.runs.get(run, ()))
        try:
            for number, content in enumerate(contents, first):
                if _is_new(lines, number, content, run):
                    lines.append(content)
                    before = chains[-1] if chains else ""
                    chains.append(_hash(f"{before} {len(chains) + 1} {run} {number} {_hash(content)}".encode()))
        except _Refused as refusal:
            return refusal.answer

        def add() -> None:
            self.runs[run] = lines
            self._chains[server, profile] = chains

        transaction.change(add)
        return {"lines": len(lines), "no": len(chains), "chain": chains[-1]}

    def knows(self, server: str, profile: str, no: int, chain: str) -> bool:
        """Whether the line with this number of a profile ends this chain."""
        return self._chains.get((server, profile), [])[no - 1 : no] == [chain]


def _is_new(lines: Sequence[bytes], number: int, content: bytes, run: str) -> bool:
    """Whether a line is the next one; one that is there is not new. Raises _Refused."""
    if number <= len(lines):
        if lines[number - 1] != content:
            raise _Refused(number, "the store has another line here")
        return False
    if number > len(lines) + 1:
        raise _Refused(number, f"the store has {len(lines)} lines of this run: those between are missing")
    if number == 1 and _hash(content) != run:
        raise _Refused(number, "it is not the first line of this run")
    end = f'"prev":"{_hash(lines[-1])}"}}' if lines else "}"
    if not (content.startswith(f'{{"seq":{number},'.encode()) and content.endswith(end.encode())):
        raise _Refused(number, "it does not continue the line before it in the store")
    return True


def _hash(content: bytes) -> str:
    """The name of a line in both chains."""
    return sha256(content).hexdigest()
