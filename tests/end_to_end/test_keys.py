"""Another key for the kill switch and a theme, from the settings file to the terminal."""

from tests.end_to_end.host import Host
from tests.end_to_end.trader import F9, quit_desk
from tests.exchange import RunningExchange

F8 = "\x1b[19~"


def test_the_kill_key_is_the_one_the_settings_name(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    file = host.home / "xdg_config_home" / "pbtui" / "config.toml"
    file.write_text(f'theme = "nord"\nkeys.kill = "f8"\n{file.read_text()}')
    with host.pbtui() as terminal:
        terminal.until_shown("There is no theme 'nord', so night is used")
        terminal.until_shown("LIVE", "F8 untested → deactivate", "F8 KILL")
        terminal.send(F9)
        terminal.send("1")
        terminal.until_shown("F8 untested → deactivate")
        terminal.send(F8)
        terminal.until_shown("Nothing was sent yet")
        terminal.send("\x1b")
        terminal.until_gone("Nothing was sent yet")
        terminal.until_shown("F8 → deactivate")
        assert "F9" not in terminal.text()
        quit_desk(terminal)
    assert host.crash_reports == []
