"""The settings that count, as a file would say them."""

from pbtui.settings.alerts import AlertSettings, Way
from pbtui.settings.document.values import settings_of
from pbtui.settings.profiles import Profile, Settings

URL = "https://desk.example/epex/v2/api"


def test_presets_are_shown_as_a_table_on_one_line() -> None:
    presets = {"hedge": 'sell 5 #"x"', "out": "buy 1"}
    for given, shown in ((presets, '{ hedge = "sell 5 #\\"x\\"", out = "buy 1" }'), ({}, "none")):
        found = settings_of(Settings(), Profile(name="own", base_url=URL, presets=given))
        assert {each.name: each.value for each in found}["profiles.own.presets"] == shown


def test_of_a_command_for_alerts_only_the_program_is_shown() -> None:
    alerts = AlertSettings(command=("curl", "https://hook.example/a-secret"), fill=(Way.LINE, Way.COMMAND))
    found = {
        each.name: each.value for each in settings_of(Settings(), Profile(name="own", base_url=URL, alerts=alerts))
    }
    assert found["profiles.own.alerts.command"] == '["curl", "…"]'
    assert found["profiles.own.alerts.fill"] == '["line", "command"]'
