"""Desks, a store, a kill and a re-arm as one state machine: every step that any of them can take from a state.

A state has no times: what takes long is a step that comes late. Each desk has one request that can enter an order. The
kill is fired on another host, so it knows of the requests by the store alone.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Send(StrEnum):
    """How far the request of a desk has come."""

    IDLE = "idle"
    BEGUN = "its transaction has begun"
    PASSED = "it saw no halt"
    REGISTERED = "registered"
    ALLOWED = "the desk knows that it is registered"
    AWAY = "away"
    LANDED = "at the exchange, its end is not recorded"
    ENDED = "its end is recorded"
    REFUSED = "refused"


OPEN = (Send.REGISTERED, Send.ALLOWED, Send.AWAY, Send.LANDED)
"""The store has it, and no end of it."""
CAN_LAND = (Send.PASSED, Send.REGISTERED, Send.ALLOWED, Send.AWAY)
"""An order can still come of it."""


class Halt(StrEnum):
    """The halt in the store."""

    NONE = "none"
    LOCKED = "its transaction has the lock and has looked for sends"
    HELD = "committed"
    LIFTED = "lifted"


class Kill(StrEnum):
    """What the kill has found, in this order."""

    FIRED = "fired"
    HALTED = "it knows that the halt is there"
    ENDED = "it has counted none open"
    ONE_READ = "one clean read"
    TWO_READS = "two clean reads"
    VERIFIED = "VERIFIED"
    DOUBT = "VERIFIED, but with a doubt"


class Rules(NamedTuple):
    """The rules of the program. Each can be left out, to show what it is for.

    `locks`: a registration holds the row of the account FOR SHARE from its check to its commit, and the halt waits for
    it. `counts`: the kill waits for the sends from before its halt. `counts_again`: it looks into the store once more
    after its second read.
    """

    locks: bool = True
    counts: bool = True
    counts_again: bool = True


class State(NamedTuple):
    """One state. `before` are the desks whose sends the halt found, `live` those whose order is in the market.

    `after_halt` are the desks that registered while the halt held. `was_true` says whether at the second read nothing
    was live and nothing could land.
    """

    sends: tuple[Send, ...]
    halt: Halt = Halt.NONE
    kill: Kill = Kill.FIRED
    before: frozenset[int] = frozenset()
    live: frozenset[int] = frozenset()
    after_halt: frozenset[int] = frozenset()
    was_true: bool = True


Step = tuple[str, State]


def first(desks: int) -> State:
    """The state in which nothing has happened."""
    return State((Send.IDLE,) * desks)


def steps(state: State, rules: Rules) -> Iterator[Step]:
    """Everything that can happen next."""
    for desk in range(len(state.sends)):
        yield from _of_desk(state, desk, rules)
    yield from _of_halt(state, rules)
    yield from _of_kill(state, rules)
    if state.live:
        yield "the exchange does what the kill asked for", state._replace(live=frozenset())


def _of_desk(state: State, desk: int, rules: Rules) -> Iterator[Step]:
    def to(what: str, send: Send, after: State = state) -> Step:
        sends = (*state.sends[:desk], send, *state.sends[desk + 1 :])
        return f"desk {desk} {what}", after._replace(sends=sends)

    match state.sends[desk]:
        case Send.IDLE if state.halt is not Halt.LOCKED or not rules.locks:
            yield to("begins to register", Send.BEGUN)
        case Send.BEGUN if state.halt is Halt.HELD:
            yield to("is refused", Send.REFUSED)
        case Send.BEGUN:
            yield to("sees no halt", Send.PASSED)
        case Send.PASSED:
            late = state.after_halt | ({desk} if state.halt is Halt.HELD else set())
            yield to("commits its registration", Send.REGISTERED, state._replace(after_halt=late))
        case Send.REGISTERED:
            yield to("learns that it is registered", Send.ALLOWED)
            yield to("learns nothing, and records that it sends nothing", Send.ENDED)
        case Send.ALLOWED:
            yield to("sends", Send.AWAY)
            yield to("ends, and two minutes pass", Send.ENDED)
        case Send.AWAY:
            yield to("has entered an order", Send.LANDED, state._replace(live=state.live | {desk}))
            yield to("has sent what is lost, and two minutes pass", Send.ENDED)
        case Send.LANDED:
            yield to("records the end", Send.ENDED)


def _of_halt(state: State, rules: Rules) -> Iterator[Step]:
    match state.halt:
        case Halt.NONE:
            if not rules.locks or not {Send.BEGUN, Send.PASSED} & {*state.sends}:
                found = frozenset(desk for desk, send in enumerate(state.sends) if send in OPEN)
                yield "the halt finds the open sends", state._replace(halt=Halt.LOCKED, before=found)
        case Halt.LOCKED:
            yield "the halt is committed", state._replace(halt=Halt.HELD)
        case Halt.HELD:
            yield "another host lifts the halt", state._replace(halt=Halt.LIFTED)


def _of_kill(state: State, rules: Rules) -> Iterator[Step]:
    clean = not state.live
    is_open = any(state.sends[desk] in OPEN for desk in state.before)
    doubts = ("the kill sees that the halt was lifted", state._replace(kill=Kill.DOUBT))
    match state.kill:
        case Kill.FIRED if state.halt in (Halt.HELD, Halt.LIFTED):
            yield "the kill knows that the halt is there", state._replace(kill=Kill.HALTED)
        case Kill.HALTED if state.halt is Halt.LIFTED:
            yield doubts
        case Kill.HALTED if not (is_open and rules.counts):
            yield "the kill counts no open send", state._replace(kill=Kill.ENDED)
        case Kill.ENDED if clean:
            yield "the kill reads that nothing is live", state._replace(kill=Kill.ONE_READ)
        case Kill.ONE_READ if clean:
            true = not any(send in CAN_LAND for send in state.sends)
            yield "the kill reads it again", state._replace(kill=Kill.TWO_READS, was_true=true)
        case Kill.ONE_READ:
            yield "the kill reads that something is live", state._replace(kill=Kill.ENDED)
        case Kill.TWO_READS if state.halt is Halt.LIFTED and rules.counts_again:
            yield doubts
        case Kill.TWO_READS:
            yield "the kill says VERIFIED", state._replace(kill=Kill.VERIFIED)


# ------------------------------------------------------------ what must hold


def broken(state: State) -> str:
    """The invariant of docs/determinism.md that a state breaks; empty if it breaks none."""
    for desk in state.after_halt:
        if state.sends[desk] is Send.AWAY:
            return f"(e) desk {desk} sends what was registered while the halt held"
    if state.kill is Kill.VERIFIED and not state.was_true:
        return "(f) VERIFIED, but at the second read a send could still land"
    return ""
