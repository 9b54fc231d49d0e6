"""Every sequence in every tear: what a terminal sends means the same in one piece and in many, with any pauses."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbtui.ui.terminal.input import GOES_ON, NOT_A_KEY, Input, Pressed
from pbtui.ui.terminal.paste import LONGEST_PASTE
from pbtui.ui.terminal.reading.grammar import ESCAPE_S, LONGEST_ANSWER, STALL_S
from pbtui.ui.terminal.reading.key_table import name_of
from pbtui.ui.terminal.reading.late_rest import INTRODUCERS, JOINED_S, REST_S
from tests.ui.terminal.sequences import (
    ANSWERS,
    F9_FORMS,
    KEYS,
    MODIFIED_F9,
    ODD,
    PASTES,
    REPORTS,
    SILENT,
    Line,
    cut,
    feed,
    ignored,
    names,
    split,
)

WHOLE = {
    **{form: ["f9"] for form in F9_FORMS},
    **{form: [name] for form, name in MODIFIED_F9.items()},
    **{form: ["answer"] for form in ANSWERS},
    **{form: [f"report {form[2:]}"] for form in REPORTS},
    **{form: [name] for form, name in KEYS.items()},
    **{form: [f"paste {text}"] for form, text in PASTES.items()},
    **{form: [] for form in SILENT},
}
TYPED_AFTER_ESCAPE = ("\x1bX", "\x1b^")
"""No terminal sends these (SOS, PM), and X may be pressed after escape."""
NOT_TYPED = sorted(form for form in WHOLE if not form.startswith(TYPED_AFTER_ESCAPE))
BYTES = st.binary(max_size=40)
PAUSES = st.lists(st.sampled_from([0.0, 0.02, 0.15, 0.5, 2.0, 600.0]), max_size=12)


def bare(found: list[str]) -> list[str]:
    """The keys without escape, and without the alt that an ESC before a sequence means."""
    return [name.removeprefix("alt+") for name in found if name != "escape"]


@pytest.mark.parametrize("form", WHOLE, ids=repr)
def test_a_whole_sequence_is_one_thing(form: str) -> None:
    events = feed([form.encode()])
    assert names(events) == WHOLE[form]
    assert ignored(events) == []


@pytest.mark.parametrize("pause_s", [0.0, 0.15, ESCAPE_S - 0.01])
def test_a_torn_sequence_is_the_same(pause_s: float) -> None:
    for form, meaning in WHOLE.items():
        if form.startswith(TYPED_AFTER_ESCAPE) and pause_s > 0:
            continue
        data = form.encode()
        pieces = [data[place : place + 1] for place in range(len(data))]
        assert names(feed(pieces, [pause_s] * len(pieces))) == meaning, form
        for place in range(1, len(data)):
            assert names(feed(split(data, [place]), [0, pause_s])) == meaning, (form, place)


@pytest.mark.parametrize("pause_s", [ESCAPE_S, 2.0, 3_600.0])
def test_a_sequence_that_stands_still_for_long_is_the_same_but_for_the_escape_that_was_given_out(
    pause_s: float,
) -> None:
    for form, meaning in WHOLE.items():
        data = form.encode()
        for count in (1, 2):
            for places in combinations(range(1, len(data)), count):
                if form.startswith(TYPED_AFTER_ESCAPE) and 1 in places:
                    continue
                after_escape = form.count("\x1b", 0, 2)
                if form[after_escape] in INTRODUCERS and {after_escape, after_escape + 1}.issubset(places):
                    continue  # the character after ESC is a key by itself: see below
                if "\x1b" in PASTES.get(form, "") and pause_s >= STALL_S:
                    continue  # an ESC after a stall may end a paste: see below
                events = feed(split(data, places), [0] + [pause_s] * count)
                assert bare(names(events)) == bare(meaning), (form, places)
                assert ignored(events) in ([], [GOES_ON], [GOES_ON, GOES_ON]), (form, places)


@pytest.mark.parametrize("pause_s", [REST_S - 0.01, 2.0, 3_600.0])
def test_a_second_character_that_stands_alone_for_long_is_a_key_and_what_follows_at_once_is_still_its_sequence(
    pause_s: float,
) -> None:
    for form, meaning in WHOLE.items():
        if len(form) < 4 or form[1] not in INTRODUCERS or form[2:4] == "[E" or form.startswith("\x1b[M"):
            continue
        if "\x1b" in PASTES.get(form, ""):
            continue
        given = [name_of(form[1])] if pause_s >= REST_S else []
        data = form.encode()
        for place in range(4, len(data)):
            pieces = [data[:1], data[1:2], data[2:place], data[place:]]
            assert bare(names(feed(pieces, [0, ESCAPE_S, pause_s, 9]))) == given + bare(meaning), (form, place)
        if len(data) == 4:
            assert bare(names(feed([data[:1], data[1:2], data[2:]], [0, ESCAPE_S, pause_s]))) == given + bare(meaning)


@pytest.mark.parametrize("form", F9_FORMS)
def test_f9_that_comes_character_by_character_after_its_escape_was_given_out_is_f9_if_it_is_no_row_of_keys(
    form: str,
) -> None:
    pieces = [character.encode() for character in form]
    for pause_s in (0.0, JOINED_S / 2, 0.15, REST_S - 0.01):
        found = bare(names(feed(pieces, [0, ESCAPE_S, *[pause_s] * len(pieces)])))
        is_row_of_keys = pause_s > JOINED_S and form[0] == "\x1b" and form[-1] not in "~u"
        assert found == ([name_of(each) for each in form[1:]] if is_row_of_keys else ["f9"]), pause_s


BY_ONE_BYTE = {
    bytes([ord(form[1]) + 0x40]) + form[2:].encode(): meaning
    for form, meaning in WHOLE.items()
    if form[0] == "\x1b" and form[1] != "\x1b"
}
"""The forms of terminals with 8-bit controls: one byte, which is not UTF-8, in place of ESC and the next character."""


@pytest.mark.parametrize("pause_s", [0.0, 0.25, 9.0])
def test_a_sequence_with_an_8_bit_control_is_the_same_in_any_pieces(pause_s: float) -> None:
    for data, meaning in BY_ONE_BYTE.items():
        if b"\x1b" in data and pause_s >= ESCAPE_S:
            continue  # as in the 7-bit forms
        ends = [data, data[:-1] + b"\x9c"] if data[-1:] == b"\x07" else [data]
        for whole in ends:
            assert names(feed(split(whole, range(1, len(whole))), [0, *[pause_s] * len(whole)])) == meaning, whole
            for place in range(1, len(whole)):
                assert names(feed(split(whole, [place]), [0, pause_s])) == meaning, (whole, place)
                assert ignored(feed(split(whole, [place]), [0, pause_s])) in ([], [GOES_ON]), (whole, place)


PRESSED_KEYS = [*"[]{}<>O_P?:;=0123456789ADFHIMRUXZabcdjkmnuxyz~", "\x1b", "\r", " ", "+", "-"]
KEY_NAMES = {"\x1b": "escape", "\r": "enter"}


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.sampled_from(PRESSED_KEYS), st.sampled_from([REST_S, 0.5, 3.0, 600.0])), max_size=12),
    st.lists(st.sampled_from("[]O_P"), max_size=1),
)
def test_keys_pressed_one_by_one_are_these_keys_whatever_they_are(
    presses: list[tuple[str, float]], first: list[str]
) -> None:
    row = [("\x1b", 1.0), *((each, REST_S) for each in first), *presses]
    events = feed([key.encode() for key, _ in row], [pause_s for _, pause_s in row])
    assert names(events) == [KEY_NAMES.get(key) or name_of(key) for key, _ in row]
    assert ignored(events) == []


@pytest.mark.parametrize("quick_s", [0.11, 0.15, ESCAPE_S])
@pytest.mark.parametrize("keys", ["[U", "]1", "[j", "[A", "]]", "[2", "X", "Xy", "OX", "P1"])
def test_keys_after_an_escape_that_was_pressed_just_before_them_are_keys(keys: str, quick_s: float) -> None:
    pieces = [b"\x1b", *(key.encode() for key in keys)]
    found = names(feed(pieces, [0, quick_s, *[REST_S] * len(keys)]))
    assert found[-1] == keys[-1].replace("]", "right_square_bracket")
    assert bare(found) == [name_of(key) for key in keys]


def test_a_sequence_that_did_not_come_at_once_is_torn() -> None:
    for form in F9_FORMS:
        data = form.encode()
        for place in range(1, len(data)):
            for pause_s, is_torn in ((0.0, False), (JOINED_S / 2, False), (0.03, True), (9.0, True)):
                if form[0] == "\x1b" or place > 2:  # in the 8-bit form its beginning is one character
                    events = feed(split(data, [place]), [5.0, pause_s])
                    assert [each.is_torn for each in events if isinstance(each, Pressed)][-1] is is_torn, (form, place)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(NOT_TYPED), min_size=1, max_size=5), st.lists(st.integers(1, 9)), st.data())
def test_sequences_in_a_row_in_any_pieces(forms: list[str], lengths: list[int], data: st.DataObject) -> None:
    stream = "".join(forms).encode()
    pieces = cut(stream, lengths)
    pauses = data.draw(st.lists(st.sampled_from([0.0, 0.02, 0.2]), min_size=len(pieces), max_size=len(pieces)))
    whole = [name for form in forms for name in WHOLE[form]]
    assert names(feed(pieces, pauses)) == whole


@settings(max_examples=100)
@given(BYTES, st.lists(st.integers(1, 9)), PAUSES)
def test_any_bytes_are_survived_and_f9_follows_them(data: bytes, lengths: list[int], pauses_s: list[float]) -> None:
    for form in ("\x1b[20~", "\x1bOX"):
        line = Line()
        line.feed(cut(data, lengths), pauses_s)
        assert bare(names(line.feed([form.encode()])))[-1] == "f9"


# ---------------------------------------------------------------- escape


def test_escape_is_given_out_after_its_time_and_not_before() -> None:
    reader = Input()
    assert reader.feed(b"\x1b", 5.0) == []
    assert reader.is_escape_held
    assert reader.due_s == 5.0 + ESCAPE_S
    assert reader.tick(5.0 + ESCAPE_S - 0.01) == []
    assert names(reader.tick(5.0 + ESCAPE_S)) == ["escape"]
    assert not reader.is_escape_held
    assert reader.due_s is None
    assert reader.tick(60.0) == []


@pytest.mark.parametrize(
    ("pieces", "pauses_s", "meaning"),
    [
        ([b"\x1b", b"\x1b"], [0, 0.1], ["escape", "escape"]),
        ([b"\x1b\x1b\x1b"], [], ["escape"] * 3),
        ([b"\x1b", b"\x1b[20~"], [0, 0.1], ["alt+f9"]),
        ([b"\x1b", b"\x1b[20~"], [0, 0.3], ["escape", "f9"]),
        ([b"\x1b", b"j"], [0, 0.05], ["alt+j"]),
        ([b"\x1b", b"j"], [0, 0.15], ["escape", "j"]),
        ([b"\x1b", b"j"], [0, 9], ["escape", "j"]),
        ([b"\x1b-"], [], ["alt+minus"]),
        ([b"\x1b+"], [], ["alt+plus"]),
        ([b"\x1b", b"O", b"K"], [0, 9, 9], ["escape", "O", "K"]),
        ([b"\x1b", b"O", b"P"], [0, 9, 9], ["escape", "O", "P"]),
        ([b"\x1b", b"OP"], [0, 9], ["escape", "f1"]),
        ([b"\x1b", b"[U"], [0, 9], ["escape", "f9"]),
        ([b"\x1b", b"[", b"U"], [0, 1, 3], ["escape", "left_square_bracket", "U"]),
        ([b"\x1b", b"[", b"U"], [0, 1, 0.1], ["escape", "left_square_bracket", "U"]),
        ([b"\x1b", b"[", b"2", b"0~"], [0, 9, 9, 9], ["escape", "left_square_bracket", "2", "f9"]),
        ([b"\x1b", b"[", b"j"], [0, 1, 1], ["escape", "left_square_bracket", "j"]),
        ([b"\x1b", b"]", b"1", b"j"], [0, 1, 1, 1], ["escape", "right_square_bracket", "1", "j"]),
        ([b"\x1b", b"_", b"x"], [0, 9, 9], ["escape", "underscore", "x"]),
        ([b"\x1b", b"X", b"y"], [0, 9, 0.2], ["escape", "X", "y"]),
        ([b"\x1b", b"P", b"1"], [0, 0.2, 0.2], []),
        ([b"\x1b", b"\\", b"y"], [0, 9, 9], ["escape", "backslash", "y"]),
        ([b"\x1b]11;", b"\x1b", b"\\", b"y"], [0, 9, 9, 9], ["answer", "y"]),
        ([b"\x1b]11;y\x1bj"], [], ["answer", "alt+j"]),
        ([b"\x1b\xff", b"[20~"], [0, 0.1], ["f9"]),
    ],
)
def test_what_follows_an_escape(pieces: list[bytes], pauses_s: list[float], meaning: list[str]) -> None:
    assert names(feed(pieces, pauses_s)) == meaning


# ---------------------------------------------------------------- what has no end


def test_an_answer_without_an_end_ends_at_the_escape_key_and_says_so() -> None:
    line = Line()
    assert line.feed([b"\x1b]11;rgb:"]) == []
    stalled = line.feed([b"dx"], [5.0])
    assert (names(stalled), ignored(stalled)) == ([], [GOES_ON])
    assert names(line.feed([b"\x1b", b"d"], [0, 9])) == ["answer", "d"]


@pytest.mark.parametrize("end", ["\x18", "\x1a", "\x07", "\x9c", "\x1b[A", "\x1bOP", "\x1b[20~", "\x9b20~"])
def test_an_answer_ends_at_what_can_not_be_part_of_it(end: str) -> None:
    assert names(feed([f"\x1bP>|{'y' * 9}{end}y".encode()]))[-1] == "y"


def test_an_endless_answer_ends_at_a_pause() -> None:
    line = Line()
    line.feed([b"\x1b]0;" + b"y" * LONGEST_ANSWER, b"yyy"], [0, 0.5])
    events = line.feed([b"d"], [STALL_S])
    assert (names(events), ignored(events)) == (["d"], [NOT_A_KEY])


def test_an_endless_control_sequence_is_no_key() -> None:
    events = feed([b"\x1b[" + b"20;" * 5_000 + b"~", b"j"])
    assert (names(events), ignored(events)) == (["j"], [NOT_A_KEY])


@pytest.mark.parametrize("way_out", [b"\x1b[20~", b"\x1bOX", b"\x1b[57372u"])
@pytest.mark.parametrize("tear_s", [0.0, 0.15, 9.0])
def test_f9_gets_through_an_open_paste_after_a_stall(way_out: bytes, tear_s: float) -> None:
    line = Line()
    assert line.feed([b"\x1b[200~45.10\rq"]) == []
    pieces = [way_out[:1], way_out[1:]]
    assert names(line.feed(pieces, [STALL_S, tear_s]))[-2:] == ["paste 45.10\rq", "f9"]


def test_f9_in_the_text_of_a_paste_is_text() -> None:
    assert names(feed([b"\x1b[200~a\x1b[20~b", b"\x1b[20~c\x1b[201~"], [0, 0.5])) == ["paste a\x1b[20~b\x1b[20~c"]


def test_the_escape_key_ends_an_open_paste_and_the_late_end_of_it_is_no_text() -> None:
    line = Line()
    line.feed([b"\x1b[200~45"])
    stalled = line.feed([b".1"], [2.0])
    assert (names(stalled), ignored(stalled)) == ([], [GOES_ON])
    assert names(line.feed([b"\x1b"], [2.0])) == ["paste 45.1"]
    assert names(line.feed([b"[201~", b"j"], [0, 1])) == ["j"]


def test_an_endless_paste_is_cut_and_says_so() -> None:
    events = feed([b"\x1b[200~", *[b"x" * 65_536] * 17, b"\x1b[201~"])
    assert [len(name) for name in names(events)] == [len("paste ") + LONGEST_PASTE]
    assert ignored(events) == [NOT_A_KEY]


# ---------------------------------------------------------------- what is no input at all


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x80\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf", b"\xe2\x82", b"\xe2\x9b"]
)
def test_bytes_that_are_not_utf_8_are_dropped_and_the_next_key_is_not(data: bytes) -> None:
    for pieces in ([data, b"j"], [data + b"j"], [data[:1], data[1:] + b"j"]):
        events = feed(pieces)
        assert names(events) == ["j"]
        assert set(ignored(events)) == {NOT_A_KEY}


@pytest.mark.parametrize("form", ODD, ids=repr)
def test_an_odd_sequence_is_ignored_and_the_next_key_is_not_if_it_is_complete(form: str) -> None:
    line = Line()
    assert [name for name in names(line.feed([form.encode()])) if not name.startswith("report")] == []
    assert names(line.feed([b"\r", b"j"], [1, 1]))[-2:] == ["enter", "j"]
    assert names(line.feed([b"\x1b[20~"])) == ["f9"]
