"""The desk on a release of Textual that has moved the parser on which our thread for the keys depends."""

import sys

from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

F9 = "\x1b[20~"
WITHOUT_PARSER = (
    "import sys; import textual.drivers.linux_driver; sys.modules['textual._xterm_parser'] = None;"
    "from pbtui.cli.main import main; sys.exit(main())"
)


def test_keys_and_the_kill_key_work_and_nothing_is_printed_on_the_screen(host: Host, exchange: RunningExchange) -> None:
    host.adopt(exchange.base_url, exchange.keys["trader"])
    with host.pbtui(command=(sys.executable, "-c", WITHOUT_PARSER)) as terminal:
        terminal.until_shown("LIVE", "F9 untested → deactivate")
        terminal.send(F9)
        terminal.until_shown("Nothing was sent yet")
        terminal.send("\x1b")
        terminal.until_gone("Nothing was sent yet")
        assert b"release of Textual" not in terminal.raw
        terminal.send("q")
        assert terminal.end() == 0
    assert host.crash_reports == []
