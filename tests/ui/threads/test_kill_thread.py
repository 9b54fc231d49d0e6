"""What is told of a kill when the desk is left."""

import pytest
from pydantic import SecretStr

from pbtui.cli.desk import _finish_kill, desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.view import KillView, Phase
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_thread import KillThread
from tests.ui.desk_under_test import a_profile


@pytest.mark.parametrize("phase", [Phase.UNKNOWN, Phase.REFUSED, Phase.VERIFYING, Phase.VERIFIED])
def test_whom_to_call_and_the_line_for_a_shell_are_left_on_the_terminal(
    phase: Phase, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api")
    desk_thread = DeskThread(desk_opener(profile, lambda: SecretStr("a-key")), lambda: None)
    switch = KillThread(profile, kill_opener(profile, lambda: SecretStr("a-key")), desk_thread, lambda: None)
    plan = plan_for(profile)
    phones = ("exchange desk +43 1 2345",)
    switch.view = KillView(phase=phase, plan=plan, fired=plan, headline="KILL", curl="curl -X PUT", phones=phones)
    _finish_kill(switch)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "KILL"
    assert ("call: exchange desk +43 1 2345" in told) == (phase is not Phase.VERIFIED)
    assert ("curl -X PUT" in told) == (phase is not Phase.VERIFIED)
