"""The tour that `pbtui demo` plays without a terminal."""

import re
import subprocess
from pathlib import Path

from tests.end_to_end.host import Host
from tests.end_to_end.processes import processes_at


def tour(host: Host, *options: str) -> subprocess.CompletedProcess[str]:
    ran = host.run("demo", *options)
    done = subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())
    assert "Traceback" not in done.stderr
    assert all(process.has_ended() for process in processes_at(host.home))  # the simulator too
    return done


STEPS = [
    r"^1\. List own orders: \d+ active, the first 8 of them\n^ORDER +REV +STATE +SIDE ",
    r"^2\. History of order \d+\n^ORDER +REV +AT +WHAT +CHANGES\n^\d+ +1 .* added by user \(UADD\)",
    r"^3\. Modify it: price -?[\d.]+ -> -?[\d.]+\n^   read back: order \d+, revision 1, price ",
    r"^4\. Conflict: another desk changes the text",
    r"^   refused, nothing changed: the order was changed meanwhile \(409\): ",
    r"^   read back: revision 2, price -?[\d.]+, text 'changed by another desk'\n^ORDER ",
    r" text .*-> changed by another desk$",
]


def test_the_demo_without_a_terminal_plays_the_tour(tmp_path: Path) -> None:
    done = tour(Host(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    at = 0
    for step in STEPS:
        found = re.compile(step, re.MULTILINE).search(done.stdout, at)
        assert found, f"{step!r} is not after {done.stdout[at:]}"
        at = found.start()


def test_the_tour_reports_what_went_wrong(tmp_path: Path) -> None:
    host = Host(tmp_path)
    refused = tour(host, "--fault", "unauthorized=true")
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "the server does not accept the key (401)" in refused.stderr
    unknown = tour(host, "--fault", "garbage=html")
    assert (unknown.returncode, unknown.stdout) == (5, "")
    assert "the answer is not JSON" in unknown.stderr
    nothing = tour(host, "--orders", "0")
    assert nothing.returncode == 2
    assert "try --orders 60" in nothing.stderr
    wrong = tour(host, "--fault", "nonsense=1")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "nonsense" in wrong.stderr
    assert "the simulator did not start" in wrong.stderr
