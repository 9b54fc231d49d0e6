"""The areas whose positions are read next."""

from pbtui.desk.exposure.rounds import IDLE_AGAIN_S, LIMITS_AGAIN_S, REFUSED_AGAIN_S, AreaRounds


def one_round(rounds: AreaRounds, areas: str, busy: str, now_s: float) -> str:
    """The areas of a round."""
    read = ""
    while (area := rounds.next_area(areas, busy, now_s)) is not None:
        read += area
        if rounds.is_over:
            break
    return read


def test_every_area_is_read_once_and_then_the_busy_ones() -> None:
    rounds = AreaRounds()
    assert one_round(rounds, "abc", "b", 0.0) == "abc"
    assert one_round(rounds, "abc", "b", 10.0) == "b"
    assert one_round(rounds, "abc", "", 20.0) == ""
    assert one_round(rounds, "abcd", "b", IDLE_AGAIN_S) == "abcd"
    rounds.begin_anew()
    assert one_round(rounds, "abcd", "", IDLE_AGAIN_S + 1) == "abcd"


def test_an_area_that_is_asked_for_is_the_next() -> None:
    rounds = AreaRounds()
    assert rounds.next_area("abc", "", 0.0) == "a"
    rounds.put_first("c")
    assert one_round(rounds, "abc", "", 0.0) == "cb"
    rounds.put_first("a")
    assert one_round(rounds, "abc", "b", 1.0) == "a"


def test_a_refused_area_rests_and_the_others_do_not() -> None:
    rounds = AreaRounds()
    assert one_round(rounds, "ab", "ab", 0.0) == "ab"
    rounds.refused("a")
    assert not rounds.is_refused_everywhere
    assert one_round(rounds, "ab", "ab", 10.0) == "b"
    rounds.refused("b")
    assert rounds.is_refused_everywhere
    assert one_round(rounds, "ab", "ab", REFUSED_AGAIN_S) == "a"
    rounds.answered("a")
    assert one_round(rounds, "ab", "ab", REFUSED_AGAIN_S) == "a"


def test_limits_are_read_more_rarely() -> None:
    rounds = AreaRounds()
    assert rounds.needs_limits("a", 0.0)
    rounds.took_limits("a", 0.0)
    assert not rounds.needs_limits("a", LIMITS_AGAIN_S - 1)
    assert rounds.needs_limits("b", 1.0)
    assert rounds.needs_limits("a", LIMITS_AGAIN_S)
