"""The shortest sequences that move the cursor and change the pen."""

from collections.abc import Iterable, Iterator

from pbtui.ui.terminal.output.cells import Pen

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29", "21": "24", "53": "55"}
_MOST_BACKSPACES = 3


def pen_change(old: Pen | None, new: Pen) -> str:
    """Return the sequence that turns one pen into another; None is a pen that is not known."""
    if old == new:
        return ""
    colours = [colour for colour in (new.fore, new.back) if colour]
    afresh = [*([] if old == Pen() else ["0"]), *sorted(new.attributes), *colours]
    if old is None or old.attributes - new.attributes - _OFF.keys():
        return _sgr(afresh)
    off = {_OFF[attribute] for attribute in old.attributes - new.attributes}
    kept = {attribute for attribute in old.attributes if _OFF.get(attribute) not in off}
    step = [*sorted(off), *sorted(new.attributes - kept)]
    if old.fore != new.fore:
        step.append(new.fore or "39")
    if old.back != new.back:
        step.append(new.back or "49")
    return min(_sgr(step), _sgr(afresh), key=len)


def _sgr(parts: Iterable[str]) -> str:
    codes = ";".join(parts)
    return f"\x1b[{'' if codes == '0' else codes}m"


def cursor_move(old: tuple[int | None, int | None], new: tuple[int, int]) -> str:
    """Return the sequence that moves the cursor between two columns and lines; None is one that is not known."""
    if old == new:
        return ""
    (old_x, old_y), (x, y) = old, new
    moves = [_absolute(x, y)]
    if old_y is not None:
        across = _across(old_x, x)
        moves += [_down(y - old_y, y) + sideways for sideways in across]
    return min(moves, key=len)


def _absolute(x: int, y: int) -> str:
    line = "" if y == 0 else str(y + 1)
    return f"\x1b[{line}H" if x == 0 else f"\x1b[{line};{x + 1}H"


def _down(lines: int, y: int) -> str:
    if lines == 0:
        return ""
    if abs(lines) == 1:
        return "\x1bD" if lines > 0 else "\x1bM"
    return min(f"\x1b[{abs(lines)}{'B' if lines > 0 else 'A'}", f"\x1b[{y + 1}d", key=len)


def _across(old_x: int | None, x: int) -> Iterator[str]:
    if old_x == x:
        yield ""
        return
    yield "\r" if x == 0 else f"\x1b[{x + 1}G"
    if old_x is None:
        return
    steps = x - old_x
    yield f"\x1b[{'' if abs(steps) == 1 else abs(steps)}{'C' if steps > 0 else 'D'}"
    if -_MOST_BACKSPACES <= steps < 0:
        yield "\b" * -steps
