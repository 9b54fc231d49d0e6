"""Keys that the settings give to actions, in place of the usual ones."""

import re
import sys
from collections.abc import Iterator
from itertools import chain, combinations
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import pbtui.ui
from pbtui.settings.decode import decode
from pbtui.settings.key_bindings import KeySettings
from pbtui.ui.desk_keys import all_places, desk_keys, key_problems
from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.help.own_keys import NEEDED, OPENED_BY, SENDS, own_keys, problems_of
from pbtui.ui.help.places import usual_keys
from pbtui.ui.kill.prompt import KillPrompt
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_desk_app, desk_on
from tests.ui.screens.trader import an_order, trader_at


def decoded(table: dict[str, object]) -> KeySettings:
    """The table `[keys]` of a file."""
    values, problems = decode(KeySettings, table)
    assert not problems
    return KeySettings(**values)


PLACES = all_places()


@pytest.mark.parametrize(
    ("room", "name", "keys", "problem"),
    [
        ("order", "add", "n", "keys.order.add: n is the key of desk.news too (News); give one of them another"),
        ("order", "add", "j,f5", "keys.order.add: j is the key of table.down too (Down); give one of them another"),
        ("table", "mark", "?", "keys.table.mark: ? is the key of app.help too (Help); give one of them another"),
        ("desk", "read", "F8", "keys.desk.read: f8 is the key of app.kill too (KILL); give one of them another"),
        ("order", "ad", "f5", "keys.order.ad: names no action; did you mean order.add?"),
        ("app", "kill", "f5", 'keys.app.kill: has a setting of its own, such as kill = "f9"'),
        ("order", "add", "shift+n", "keys.order.add: 'shift+n' never arrives; write the capital letter instead"),
        ("kill_prompt", "fire", "ctrl+i", "keys.kill_prompt.fire: ctrl+i arrives as tab from most terminals; choose"),
        ("preview", "send", "Ctrl+M", "keys.preview.send: ctrl+M arrives as enter from most terminals; choose another"),
        ("order", "add", "ctrl+[", "keys.order.add: ctrl+[ arrives as escape from most terminals; choose another key"),
        ("order", "add", "ctrl+h", "keys.order.add: ctrl+h arrives as backspace from most terminals; choose another"),
        ("order", "add", "ctrl+shift+n", "keys.order.add: ctrl+shift+n arrives as ctrl+n from most terminals; choose"),
        ("order", "add", "ctrl+enter", "keys.order.add: ctrl+enter arrives as enter from most terminals; choose"),
        ("order", "add", "ctrl+5", "keys.order.add: ctrl+5 arrives as ctrl+] from most terminals; choose another key"),
        ("order", "add", "ctrl+ö", "keys.order.add: ctrl+ö arrives as ö from most terminals; choose another key"),
        ("order", "add", "alt+f", "keys.order.add: alt+f arrives as ctrl+→ from most terminals; choose another key"),
        ("order", "add", "alt+N", "keys.order.add: alt+N arrives as alt+shift+n from most terminals; choose another"),
        ("order", "add", "alt+O", "keys.order.add: alt+O begins a sequence in most terminals; choose another key"),
        ("order", "add", "return", "keys.order.add: 'return' is no key that an action can have"),
        ("order", "add", "<any>", "keys.order.add: '<any>' is no key that an action can have"),
        ("order", "add", "hyper+n", "keys.order.add: 'hyper+n' is no key that an action can have"),
        ("order", "add", "a b", "keys.order.add: 'a b' is no key that an action can have"),
        ("order", "add", "escape", "keys.order.add: escape leaves every dialog and is the key of no other action"),
        (
            "preview",
            "json",
            "y",
            "keys.preview.json: y is the key of preview.send too (Send); give one of them another",
        ),
        ("pane", "up", "y", "keys.pane.up: y is the key of preview.send too (Send); give one of them another"),
        ("desk", "utc", "!", "keys.desk.utc: ! is the key of preview.accept too (Accept warnings); give one"),
        ("desk", "depth", "r", "keys.desk.depth: r is the key of depth.read too (Read now); give one of them another"),
        ("form", "submit", "f8", "keys.form.submit: f8 is the key of app.kill too (KILL); give one of them another"),
        ("form", "submit", "s", "keys.form.submit: s types a letter there; choose a key such as ctrl+n or f5"),
        ("entry", "add", "ctrl+k", "keys.entry.add: ctrl+k has a fixed meaning there (Delete all to the right)"),
        ("columns", "show", "enter", "keys.columns.show: enter has a fixed meaning there (Select); choose another key"),
        ("preview", "send", "", "keys.preview.send: an empty name is no key; write comma for"),
        ("order", "add", ",", "keys.order.add: an empty name is no key; write comma for"),
        ("order", "add", "n,", "keys.order.add: an empty name is no key; write comma for"),
        ("table", "mark", " ", "keys.table.mark: an empty name is no key; write comma for"),
        ("table", "mark", "f5, \t,f6", "keys.table.mark: an empty name is no key; write comma for"),
        ("order", "add", "alt+,", "keys.order.add: an empty name is no key; write comma for"),
        ("order", "add", "ctrl+", "keys.order.add: 'ctrl+' is no key that an action can have"),
        ("preview", "send", "none", "keys.preview.send: needs a key: without it the dialog could only be left (Send)"),
        ("kill_prompt", "fire", "none", "keys.kill_prompt.fire: needs a key: without it the dialog could only be"),
        ("kill_prompt", "fire", "enter", "keys.kill_prompt.fire: enter can't be its key: it is pressed to go on"),
        ("kill_prompt", "narrow", "K", "keys.kill_prompt.narrow: K is the key of kill_prompt.fire too (FIRE)"),
        ("kill_prompt", "fire", "P", "keys.kill_prompt.fire: p is the key of kill_prompt.pre_arranged too"),
        ("preview", "send", "ctrl+s", "keys.preview.send: ctrl+s would open a prompt (form.submit) and confirm it"),
        ("order", "delete", "y", "keys.order.delete: y would open a prompt (order.delete) and confirm it"),
        (
            "tickets",
            "offer",
            "y",
            "keys.tickets.offer: y would open a prompt (tickets.offer) and confirm it (preview.send)",
        ),
        (
            "tickets",
            "offer",
            "!",
            "keys.tickets.offer: ! would open a prompt (tickets.offer) and confirm it (preview.acc",
        ),
        (
            "kill_prompt",
            "fire",
            "ctrl+s",
            "keys.kill_prompt.fire: ctrl+s would open a prompt (form.submit) and confirm",
        ),
        (
            "kill_prompt",
            "resume",
            "ctrl+s",
            "keys.kill_prompt.resume: ctrl+s would open a prompt (form.submit) and con",
        ),
        ("quit", "leave", "q", "keys.quit.leave: q would open a prompt (app.quit) and confirm it (quit.leave)"),
        ("prompt", "back", "f10", "keys.prompt.back: escape must stay one of its keys"),
        ("prompt", "back", "none", "keys.prompt.back: escape must stay one of its keys"),
    ],
)
def test_a_key_that_can_not_be_used_is_named(room: str, name: str, keys: str, problem: str) -> None:
    settings = decoded({"kill": "f8", room: {name: keys}})
    found = [*map(str, problems_of(settings.of_actions, PLACES, settings.kill_keys))]
    assert [each for each in found if each.startswith(problem)], found


@pytest.mark.parametrize(
    "rooms",
    [
        {"order": {"add": "n"}, "desk": {"news": "N"}},
        {"order": {"add": "e", "edit": "a"}},
        {"order": {"add": "n"}, "desk": {"news": "none"}},
        {"pane": {"up": "ctrl+up"}, "table": {"up": "ctrl+up"}},
        {"order": {"add": "ö, ctrl+n,pagedown"}, "table": {"page_down": "none"}, "pane": {"page_down": "none"}},
        {"preview": {"send": "s"}, "order": {"add": "s"}, "desk": {"sort": "none"}},
        {"form": {"submit": "f5", "next": "enter,f6"}, "prompt": {"back": "escape,f10"}},
        {"kill_prompt": {"fire": "f", "narrow": "k"}, "pane": {"up": "up"}},
        {
            "order": {"add": "alt+shift+n,ctrl+],alt+enter,ctrl+f24,shift+insert"},
            "desk": {"previous_pane": "shift+tab"},
        },
    ],
)
def test_keys_that_can_be_used_are_no_problem(rooms: dict[str, object]) -> None:
    settings = decoded(rooms)
    assert problems_of(settings.of_actions, PLACES, settings.kill_keys) == ()


def test_there_is_no_problem_without_keys_and_the_whole_way_finds_one() -> None:
    assert key_problems(decoded({})) == ()
    assert len(key_problems(decoded({"preview": {"send": "J"}}))) == 1


def test_every_action_has_an_id_of_a_room_that_the_settings_know() -> None:
    """An id is written without quotes in the settings, and an action without one could not be changed."""
    usual = usual_keys(PLACES)
    assert {action_id.partition(".")[0] for action_id in usual} == {*KeySettings.__struct_fields__} - {"kill"}
    assert [action_id for action_id in usual if not re.fullmatch(r"\w+\.[\w-]+", action_id)] == []
    assert {*SENDS, *NEEDED, *chain(OPENED_BY, *OPENED_BY.values())} <= usual.keys()
    own = [base for kind in walked() for base in kind.__mro__ if base.__module__.startswith("pbtui.")]
    bindings = [each for base in own for each in vars(base).get("BINDINGS", ())]
    assert len(bindings) > 100
    assert [each for each in bindings if not isinstance(each, Binding) or each.id not in usual] == []


OPEN_NO_PREVIEW = """
    order.add order.add_by_line order.clone order.edit order.bulk
    order.price_up order.price_down order.price_far_up order.price_far_down
    order.better order.worse order.far_better order.far_worse
    order.quantity_up order.quantity_down order.quantity_far_up order.quantity_far_down
    desk.drop_filter desk.filter desk.sort desk.reverse desk.columns desk.group desk.views
    desk.active desk.deactivated desk.recent desk.trades desk.next_pane desk.previous_pane
    desk.depth desk.exposure desk.tickets desk.journal desk.news desk.log desk.team desk.handover
    desk.copy desk.copy_more desk.trading desk.new_key desk.read desk.utc
    line.complete line.unfold form.command form.next form.previous form.down form.up
    entry.as_line entry.unfold entry.next_delivery entry.previous_delivery entry.add entry.take_back
    bulk.page_down bulk.page_up conflict.edit restore.choose restore.all
"""
"""Actions of places before a preview, which change the place, or open another prompt at most."""


def test_every_action_of_a_place_before_a_preview_opens_it_or_is_known_not_to() -> None:
    """A new action has to be put into one of the two lists, or its key could open a preview and send it."""
    before = {"order", "desk", "line", "form", "entry", "bulk", "conflict", "basket", "restore", "tickets"}
    opens = OPENED_BY["preview.send"]
    assert [*opens] == [*OPENED_BY["preview.accept"]]
    assert {each for each in usual_keys(PLACES) if each.partition(".")[0] in before} == {
        *opens,
        *OPEN_NO_PREVIEW.split(),
    }
    assert not {*opens} & {*OPEN_NO_PREVIEW.split()}
    rooms = {action_id.partition(".")[0] for action_id in usual_keys(PLACES)}
    panes = "copy columns depth exposure handover help news sort views"
    assert rooms - before == {
        *panes.split(),
        *["app", "kill_prompt", "palette", "pane", "preview", "prompt", "quit", "table"],
    }


def walked() -> Iterator[type[DOMNode]]:
    """All screens and widgets of the desk, and the application."""
    for name, module in [*sys.modules.items()]:
        if name.startswith("pbtui.ui."):
            yield from (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, DOMNode))


def test_no_key_has_two_meanings_as_long_as_the_settings_name_none() -> None:
    """But one: the fire key scrolls no kill prompt, where it comes first."""
    for place in PLACES:
        keys = [(key, each.id) for each in place.actions.values() for key in each.keys]
        twice = {(key, one, other) for (key, one), (also, other) in combinations(keys, 2) if key == also}
        assert twice <= {("k", "pane.up", "kill_prompt.fire")}


def test_the_texts_name_the_keys_of_actions_that_there_are() -> None:
    sources = "".join(each.read_text() for each in Path(pbtui.ui.__file__).parent.rglob("*.py"))
    named = set(re.findall(r"""key_of\([\w.()]+, ["']([\w.-]+)["']\)""", sources))
    assert len(named) > 15
    assert named <= usual_keys(PLACES).keys()


def test_a_letter_fires_in_both_cases() -> None:
    assert own_keys({"kill_prompt.fire": "f,f7"})["kill_prompt.fire"] == ("f", "f7", "F")
    assert own_keys({"order.add": "f"})["order.add"] == ("f",)


async def test_an_action_has_the_keys_that_the_settings_name_and_no_other(exchange: RunningExchange) -> None:
    keys = {"depth": "none", "exposure": "D", "active": "f2", "drop_filter": "f7"}
    settings = KeySettings(order={"add": "ctrl+n,ö"}, desk=keys)
    app = a_desk_app(exchange.base_url, exchange.keys["trader"], own_keys=desk_keys(settings), read_only=False)
    async with desk_on(app) as desk:
        await desk.until_shown("LIVE", "^n Add", "[F2 Active", " 2 Deactivated")
        await desk.press("tab")
        await desk.until_shown("Order · F7: back to the table")
        await desk.press("f7")
        await desk.press("a", "X")
        assert len(app.screen_stack) == 2
        await desk.press("D")
        await desk.until_shown("Exposure of")
        await desk.press("X")
        assert len(app.screen_stack) == 3
        await desk.press("D")
        assert len(app.screen_stack) == 2
        await desk.press("?")
        await desk.until_shown("^n  ö", "Add")
        assert "Depth: the order book" not in desk.text()
        await desk.press("escape", "ö")
        await desk.until_shown("New order")
        await desk.press("escape", "ctrl+p", *"order book")
        await desk.until_shown("Depth: the order book of the contract")


async def test_dialogs_have_the_keys_that_the_settings_name_and_no_other(exchange: RunningExchange) -> None:
    settings = KeySettings(
        preview={"send": "s", "json": "none"}, form={"submit": "f5"}, order={"delete": "f6"}, kill_prompt={"fire": "f"}
    )
    sample = an_order(exchange)
    lower = f"{sample['price'] - 1:.2f}"
    async with trader_at(exchange, own_keys=desk_keys(settings)) as trader:
        await trader.until_shown("d Deactivate  F6 Delete  n News")
        await trader.put_cursor_on(sample["order_id"])
        await trader.press("e")
        await trader.prompt(ChangeForm)
        await trader.until_shown("F5 Preview")
        await trader.type_into("price", lower)
        await trader.press("ctrl+s", "s")
        assert isinstance(trader.app.screen, ChangeForm)
        await trader.type_into("price", lower)
        await trader.press("f5")
        await trader.prompt(TicketPreview)
        await trader.until_shown("s Send")
        await trader.press("y", "J")
        assert trader.writes() == []
        await trader.press("s")
        await trader.until_home()
        await trader.until_confirmed()
        await trader.press("f6")
        await trader.prompt(TicketPreview)
        await trader.until_shown("Delete 1 order", "s Delete")
        await trader.press("escape", "f9")
        await trader.prompt(KillPrompt)
        await trader.until_shown("Back, nothing sent  f FIRE  o Other actions", "   f  DEACTIVATE MINE")
        await trader.press("k", "y", "f")
        await trader.until_shown("f was ignored: it came too soon after another key. Press f again.")
        assert len(trader.writes()) == 1
