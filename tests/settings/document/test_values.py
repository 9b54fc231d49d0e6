"""The settings that count, as a file would say them."""

from pbtui.settings.document.values import settings_of
from pbtui.settings.profiles import Profile, Settings

URL = "https://desk.example/epex/v2/api"


def test_presets_are_shown_as_a_table_on_one_line() -> None:
    presets = {"hedge": 'sell 5 #"x"', "out": "buy 1"}
    for given, shown in ((presets, '{ hedge = "sell 5 #\\"x\\"", out = "buy 1" }'), ({}, "none")):
        found = settings_of(Settings(), Profile(name="own", base_url=URL, presets=given))
        assert {each.name: each.value for each in found}["profiles.own.presets"] == shown
