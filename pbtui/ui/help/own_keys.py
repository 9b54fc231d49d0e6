"""The keys that a trader gives to actions of the desk and its dialogs, in place of the usual ones."""

from collections.abc import Iterator, Mapping, Sequence

from pbtui.settings.decode import Problem, did_you_mean
from pbtui.ui.help.places import Place, UsualKeys, usual_keys
from pbtui.ui.help.written_keys import EMPTY_NAME, has_empty_name, names_in, types_a_character, why_no_key
from pbtui.ui.widgets.key_names import FIRE_BINDING, KILL_BINDING, NO_KEY, key_words

SENDS = (FIRE_BINDING, "kill_prompt.resume", "preview.accept", "preview.send", "quit.leave")
"""Actions that send, or end the desk."""
NEEDED = (FIRE_BINDING, "preview.accept", "preview.send", "form.submit", "line.submit", "basket.preview", "quit.leave")
"""Actions without which a dialog could only be left."""
_OPEN_PREVIEW = (
    "form.submit",
    "line.submit",
    "basket.preview",
    "conflict.reapply",
    "tickets.offer",
    "desk.detail",
    "order.activate",
    "order.deactivate",
    "order.delete",
    "order.undo",
)
OPENED_BY: Mapping[str, Sequence[str]] = {
    "preview.send": _OPEN_PREVIEW,
    "preview.accept": _OPEN_PREVIEW,
    FIRE_BINDING: ("form.submit",),
    "kill_prompt.resume": ("form.submit",),
    "quit.leave": ("app.quit",),
}
"""Actions that confirm in a prompt, each with the actions that open the prompt: their keys must differ.

`form.submit` also opens the kill prompt, after its orders were narrowed. The kill key needs no entry: the kill prompt
has it too, so that it collides there.
"""

_BACK = "prompt.back"
_ESCAPE = "escape"

Chosen = Mapping[str, tuple[str, ...]]


def own_keys(wanted: Mapping[str, str]) -> Chosen:
    """Return the keys of each action that the settings name, by the names of Textual; NO_KEY for one without a key.

    A letter that fires a kill does so in both cases, because Caps Lock may be on.
    """
    chosen = {action_id: names_in(text) for action_id, text in wanted.items()}
    if FIRE_BINDING in chosen:
        chosen[FIRE_BINDING] = _in_both_cases(chosen[FIRE_BINDING])
    return chosen


def problems_of(wanted: Mapping[str, str], places: Sequence[Place], kill_keys: Sequence[str]) -> Sequence[Problem]:
    """Return what is wrong with the keys in the settings: unknown actions and keys, and a key of two actions.

    Two actions collide only if both can be pressed in one place.
    """
    chosen = own_keys(wanted)
    usual = usual_keys(places)
    present = {**chosen, KILL_BINDING: tuple(kill_keys)}
    problems = [_problem(action_id, EMPTY_NAME) for action_id, text in wanted.items() if has_empty_name(text)]
    problems += [each for action_id in wanted for each in _of_action(action_id, names_in(wanted[action_id]), usual)]
    problems += [each for place in places for each in (*_collisions(place, present, chosen), *_fixed(place, chosen))]
    problems += _confirmed_by_what_opens(chosen, usual)
    return tuple(dict.fromkeys(problems))


# ------------------------------------------------------------ one action


def _of_action(action_id: str, keys: Sequence[str], usual: Mapping[str, UsualKeys]) -> Iterator[Problem]:
    if action_id == KILL_BINDING:
        yield _problem(action_id, 'has a setting of its own, such as kill = "f9"')
        return
    if action_id not in usual:
        yield _problem(action_id, f"names no action{did_you_mean(action_id, usual)}")
        return
    yield from (_problem(action_id, reason) for key in keys if (reason := why_no_key(key)))
    yield from (_problem(action_id, reason) for reason in _why_not_for(usual[action_id], keys))


def _why_not_for(action: UsualKeys, keys: Sequence[str]) -> Iterator[str]:
    if _ESCAPE in keys and _ESCAPE not in action.keys:
        yield "escape leaves every dialog and is the key of no other action"
    if action.id == _BACK and _ESCAPE not in keys:
        yield 'escape must stay one of its keys, as in "escape,f10": it is the way out of every dialog and of a kill'
    if action.id in NEEDED and NO_KEY in keys:
        yield f"needs a key: without it the dialog could only be left ({action.what})"
    if action.id in SENDS and "enter" in keys:
        yield "enter can't be its key: it is pressed to go on, and must not send"


# ------------------------------------------------------------ actions beside each other


def _collisions(place: Place, present: Chosen, chosen: Chosen) -> Iterator[Problem]:
    """Yield each key that two actions of a place have; `present` are the keys that are not the usual ones."""
    by_key: dict[str, list[UsualKeys]] = {}
    for action in place.actions.values():
        for key in set(present.get(action.id, action.keys)) - {NO_KEY}:
            by_key.setdefault(key, []).append(action)
    for key, actions in by_key.items():
        if named := [action for action in actions if action.id in chosen]:
            others = [action for action in actions if action is not named[0]]
            yield from (_shared(named[0], other, key) for other in others if not _usually_shared(named[0], other, key))


def _usually_shared(one: UsualKeys, other: UsualKeys, key: str) -> bool:
    return key in one.keys and key in other.keys


def _shared(named: UsualKeys, other: UsualKeys, key: str) -> Problem:
    also = f"{key_words(key)} is the key of {other.id} too ({other.what}); give one of them another"
    return _problem(named.id, also)


def _fixed(place: Place, chosen: Chosen) -> Iterator[Problem]:
    """Yield the keys that have another meaning in a place which can't be changed."""
    for action in place.actions.values():
        for key in set(chosen.get(action.id, ())) - set(action.keys) - {NO_KEY}:
            shown = key_words(key)
            if place.takes_text and types_a_character(key):
                reason = f"{shown} types a letter there; choose a key such as ctrl+n or f5"
                yield _problem(action.id, reason)
            elif key in place.fixed:
                what = place.fixed[key] or "help"
                yield _problem(action.id, f"{shown} has a fixed meaning there ({what}); choose another key")


def _confirmed_by_what_opens(chosen: Chosen, usual: Mapping[str, UsualKeys]) -> Iterator[Problem]:
    for confirms, opens in ((confirms, each) for confirms, openers in OPENED_BY.items() for each in openers):
        keys = {each: chosen.get(each, usual[each].keys) for each in (confirms, opens)}
        named = next((each for each in keys if each in chosen), None)
        for key in set(keys[confirms]) & set(keys[opens]) - {NO_KEY} if named else ():
            why = f"{key_words(key)} would open a prompt ({opens}) and confirm it ({confirms}); take different keys"
            yield _problem(str(named), why)


# ------------------------------------------------------------ names


def _problem(action_id: str, reason: str) -> Problem:
    return Problem(("keys", *action_id.split(".")), reason)


def _in_both_cases(keys: Sequence[str]) -> tuple[str, ...]:
    letters = [key.swapcase() for key in keys if len(key.swapcase()) == 1]
    return tuple(dict.fromkeys((*keys, *letters)))
