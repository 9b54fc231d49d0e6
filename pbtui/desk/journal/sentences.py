"""Journal entries that name no order, as sentences. Other facts follow as names and values."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pbtui.desk.journal.gap import recorded_gap_words
from pbtui.desk.journal.line import JournalEntry
from pbtui.desk.journal.writer import Kind

_Sentence = tuple[str, Collection[str]]
"""The text, and the names of the facts in it."""

_CONFIRMED = {"key": "with the key", "--yes": "with the option --yes", "terminal": "at the terminal"}


def sentence(entry: JournalEntry) -> str:
    """Return an entry in words; one of an unknown kind as names and values."""
    write = _SENTENCES.get(entry.kind)
    text, used = write(entry.facts) if write is not None else ("", ())
    rest = pairs({name: fact for name, fact in entry.facts.items() if name not in used})
    return "; ".join(part for part in (text, rest) if part)


def pairs(facts: Mapping[str, Any]) -> str:
    """Return facts as names and values."""
    return "; ".join(f"{name.replace('_', ' ')} {value_words(fact)}" for name, fact in facts.items())


def value_words(fact: object) -> str:
    """Return a value in words."""
    if isinstance(fact, Mapping):
        return f"({pairs(fact)})" if fact else "none"
    if isinstance(fact, list):
        return ", ".join(map(value_words, fact)) or "none"
    if fact is None or isinstance(fact, bool):
        return {None: "none", True: "yes", False: "no"}[fact]
    return str(fact)


def ticket_words(facts: Mapping[str, Any]) -> str:
    """Return the ticket of an entry as the beginning of a sentence; empty if it has none."""
    return f"ticket {facts['ticket']}: " if "ticket" in facts else ""


def _opened(facts: Mapping[str, Any]) -> _Sentence:
    who, where = ["operator", "host", "tty", "ssh_client", "pid"], ["environment", "exchange", "server", "address"]
    run = "a run" if facts.get("run") is None else f"run {facts['run']}"
    terminal = f", terminal {facts['tty']}" if facts.get("tty") else ", without a terminal"
    client = f", SSH from {facts['ssh_client']}" if facts.get("ssh_client") else ""
    at = f"{facts.get('exchange')} at {facts.get('server')} ({facts.get('environment')})"
    by = f"{facts.get('operator')} on {facts.get('host')}{terminal}{client}"
    earlier = facts.get("earlier")
    text = f"{run} began, by {by}: profile {facts.get('profile')}, {at}; process {facts.get('pid')}"
    if isinstance(earlier, Mapping):
        text += f"; continues {earlier.get('file')}, line {earlier.get('line')}"
    return text, ["run", "profile", "earlier", *who, *where]


def _confirmation(facts: Mapping[str, Any]) -> _Sentence:
    by, warnings = facts.get("by"), facts.get("warnings")
    text = f"{ticket_words(facts)}confirmed {_CONFIRMED.get(str(by), f'by {by}')}"
    if isinstance(warnings, list):
        text += f", in spite of: {'; '.join(map(str, warnings))}" if warnings else ", without warnings"
    return text, ["ticket", "by", "warnings"]


def _abort(facts: Mapping[str, Any]) -> _Sentence:
    what = " ".join(str(facts[name]) for name in ("action", "order") if name in facts)
    text = f"{ticket_words(facts)}{f'{what} ' if what else ''}cancelled: {facts.get('reason')}"
    return text, ["ticket", "action", "order", "reason"]


def _mode(facts: Mapping[str, Any]) -> _Sentence:
    trading = facts.get("trading")
    if not isinstance(trading, bool):
        return "", []
    return f"trading was switched {'on' if trading else 'off'}", ["trading"]


def _request(facts: Mapping[str, Any]) -> _Sentence:
    return f"{ticket_words(facts)}{facts.get('method')} {facts.get('path')} is sent", ["ticket", "method", "path"]


def _kill(facts: Mapping[str, Any]) -> _Sentence:
    text = f"{facts.get('action')} was fired, by {facts.get('call')}; scope: {facts.get('scope')}"
    orders = f"{facts.get('orders')} orders were listed before; confirmed: {facts.get('guard')}"
    return f"{text}; {orders}", ["action", "call", "scope", "orders", "known", "guard"]


def _kill_call(facts: Mapping[str, Any]) -> _Sentence:
    about = f" ({facts['about']})" if facts.get("about") else ""
    status = "" if facts.get("status") is None else f"status {facts['status']}, "
    text = f"{facts.get('method')} {facts.get('path')}{about}: {status}{facts.get('end')}"
    return text, ["method", "path", "about", "status", "end"]


def _kill_end(facts: Mapping[str, Any]) -> _Sentence:
    certificate = "".join(f"; {line}" for line in facts.get("certificate") or ())
    return f"{facts.get('phase')}: {facts.get('headline')}{certificate}", ["phase", "headline", "certificate"]


def _report_unwritten(facts: Mapping[str, Any]) -> _Sentence:
    return f"the report of the kill could not be written: {facts.get('reason')}", ["reason"]


def _status(facts: Mapping[str, Any]) -> _Sentence:
    if "wanted" in facts:
        return f"every order at the exchange is to be changed: {value_words(facts['wanted'])}", ["wanted"]
    return f"the change of every order ended: {facts.get('end')}", ["end"]


def _rearm(facts: Mapping[str, Any]) -> _Sentence:
    was = f"; the halt was: {facts['was']}" if facts.get("was") else ""
    return f"the profile was re-armed: {facts.get('reason')}{was}", ["reason", "was", "kills"]


def _team_rearm(facts: Mapping[str, Any]) -> _Sentence:
    sentence = f"halt {facts.get('epoch')} of the team is lifted: {facts.get('reason')}; it was: {facts.get('was')}"
    return sentence, ["epoch", "reason", "was"]


def _rearm_asked(facts: Mapping[str, Any]) -> _Sentence:
    epochs = value_words(facts.get("epochs"))
    sentence = f"a second person is asked to lift the halts {epochs}: {facts.get('reason')}"
    return f"{sentence}; they were: {value_words(facts.get('was'))}", ["epochs", "reason", "was"]


def _rearm_confirmed(facts: Mapping[str, Any]) -> _Sentence:
    asked = f"request {facts.get('request')} of {facts.get('asked')} ({facts.get('reason')})"
    sentence = f"the re-arm of the halts {value_words(facts.get('epochs'))} is confirmed: {asked}"
    return sentence, ["request", "asked", "reason", "epochs"]


def _rearm_ended(facts: Mapping[str, Any]) -> _Sentence:
    by = f" by {facts['by']}" if facts.get("by") else ""
    return f"request {facts.get('request')} to re-arm ended: {facts.get('ending')}{by}", ["request", "ending", "by"]


def _lone(facts: Mapping[str, Any]) -> _Sentence:
    return f"this host is cut loose from the team: {facts.get('reason')}", ["reason"]


def _lone_ended(facts: Mapping[str, Any]) -> _Sentence:
    return f"this host has joined the team again; it was {facts.get('was')}", ["was"]


def _halt_vanished(facts: Mapping[str, Any]) -> _Sentence:
    return f"a halt vanished and is put back: {facts.get('was')}", ["was"]


def _shown(facts: Mapping[str, Any]) -> _Sentence:
    return f"the trader was shown what earlier runs left: ticket {value_words(facts.get('tickets'))}", ["tickets"]


def _notification(facts: Mapping[str, Any]) -> _Sentence:
    severity = "" if facts.get("severity") is None else f", {facts['severity']}"
    return f"market operations{severity}: {facts.get('text') or 'a message without text'}", ["severity", "text"]


def _note(facts: Mapping[str, Any]) -> _Sentence:
    return f"note for the next shift: {facts.get('text')}", ["text"]


def _take_over(facts: Mapping[str, Any]) -> _Sentence:
    before = f" from {facts['from']}" if facts.get("from") else ""
    report = f"the report since {facts.get('since')} was shown: {facts.get('summary')}"
    return f"{facts.get('name')} took over{before}; {report}", ["name", "from", "since", "summary"]


def _gap(facts: Mapping[str, Any]) -> _Sentence:
    return recorded_gap_words(facts), ["count", "since", "reason", "missing"]


def _closed(facts: Mapping[str, Any]) -> _Sentence:
    return "the run ended", []


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], _Sentence]] = {
    Kind.OPENED: _opened,
    Kind.CONFIRMATION: _confirmation,
    Kind.ABORT: _abort,
    Kind.MODE: _mode,
    Kind.REQUEST: _request,
    Kind.KILL: _kill,
    Kind.KILL_CALL: _kill_call,
    Kind.KILL_END: _kill_end,
    Kind.REPORT_UNWRITTEN: _report_unwritten,
    Kind.STATUS: _status,
    Kind.REARM: _rearm,
    Kind.TEAM_REARM: _team_rearm,
    Kind.REARM_ASKED: _rearm_asked,
    Kind.REARM_CONFIRMED: _rearm_confirmed,
    Kind.REARM_ENDED: _rearm_ended,
    Kind.LONE: _lone,
    Kind.LONE_ENDED: _lone_ended,
    Kind.HALT_VANISHED: _halt_vanished,
    Kind.SHOWN: _shown,
    Kind.NOTIFICATION: _notification,
    Kind.NOTE: _note,
    Kind.TAKE_OVER: _take_over,
    Kind.GAP: _gap,
    Kind.CLOSED: _closed,
}
