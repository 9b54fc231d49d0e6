"""Keys that the settings give to actions, in place of the usual ones."""

import pytest

from pbtui.settings.decode import decode
from pbtui.settings.key_bindings import KeySettings
from pbtui.ui.desk_keys import desk_keys, key_problems
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_desk_app, desk_on


def decoded(table: dict[str, object]) -> KeySettings:
    """The table `[keys]` of a file."""
    values, problems = decode(KeySettings, table)
    assert not problems
    return KeySettings(**values)


@pytest.mark.parametrize(
    ("room", "name", "keys", "problem"),
    [
        ("order", "add", "n", "keys.order.add: n is the key of desk.news too (News); give one of them another"),
        ("order", "add", "j,f5", "keys.order.add: j is the key of table.down too (Down); give one of them another"),
        ("table", "mark", "?", "keys.table.mark: ? is the key of app.help too (Help); give one of them another"),
        ("desk", "read", "F8", "keys.desk.read: f8 is the key of app.kill too (KILL); give one of them another"),
        ("order", "ad", "f5", "keys.order.ad: names no action of the desk; did you mean order.add?"),
        ("app", "kill", "f5", 'keys.app.kill: has a setting of its own, such as kill = "f9"'),
        ("order", "add", "shift+n", "keys.order.add: 'shift+n' never arrives; write the capital letter instead"),
        ("order", "add", "hyper+n", "keys.order.add: 'hyper+n' is no key that an action can have"),
        ("order", "add", "escape", "keys.order.add: 'escape' is no key that an action can have"),
        ("order", "add", "a b", "keys.order.add: 'a b' is no key that an action can have"),
    ],
)
def test_a_key_that_can_not_be_used_is_named(room: str, name: str, keys: str, problem: str) -> None:
    settings = decoded({"kill": "f8", room: {name: keys}})
    assert any(str(found).startswith(problem) for found in key_problems(settings)), key_problems(settings)


@pytest.mark.parametrize(
    "rooms",
    [
        {"order": {"add": "n"}, "desk": {"news": "N"}},
        {"order": {"add": "e", "edit": "a"}},
        {"order": {"add": "n"}, "desk": {"news": ""}},
        {"pane": {"up": "p"}, "table": {"up": "p"}},
        {"order": {"add": "ö, ctrl+n,pagedown"}, "table": {"page_down": "none"}, "pane": {"page_down": "none"}},
        {},
    ],
)
def test_keys_that_can_be_used_are_no_problem(rooms: dict[str, object]) -> None:
    assert list(key_problems(decoded(rooms))) == []


async def test_an_action_has_the_keys_that_the_settings_name_and_no_other(exchange: RunningExchange) -> None:
    settings = KeySettings(order={"add": "ctrl+n,ö"}, desk={"depth": "none", "exposure": "D"})
    app = a_desk_app(exchange.base_url, exchange.keys["trader"], own_keys=desk_keys(settings), read_only=False)
    async with desk_on(app) as desk:
        await desk.until_shown("LIVE", "^n Add")
        await desk.press("a", "X")
        assert len(app.screen_stack) == 2
        await desk.press("D")
        await desk.until_shown("Exposure of")
        await desk.press("escape", "?")
        await desk.until_shown("^n  ö", "Add")
        assert "Depth: the order book" not in desk.text()
        await desk.press("escape", "ö")
        await desk.until_shown("New order")
        await desk.press("escape", "ctrl+p", *"order book")
        await desk.until_shown("Depth: the order book of the contract")
