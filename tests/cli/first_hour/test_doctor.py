"""`pbtui doctor`: what it looks at, what it grades as a fault, and that its text can be mailed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbtui.api.transport.contact import Certificate, Contact
from pbtui.cli.first_hour.findings import Grade, fault, note, ok, report, short_host
from pbtui.cli.first_hour.host_look import contact_findings, proxy_findings, store_finding
from pbtui.cli.first_hour.terminal_look import colours_of
from pbtui.settings import redaction
from pbtui.settings.profiles import Profile, Settings
from pbtui.settings.team import TeamSettings
from tests.cli import key_host
from tests.end_to_end.host import Host
from tests.exchange import RunningExchange

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ASKED = "skips this."


def contact(*, clock_s: float = 0, days: float = 100, has_date: bool = True) -> Contact:
    at = NOON + timedelta(seconds=clock_s)
    return Contact(at, at, NOON if has_date else None, Certificate("A company", at + timedelta(days=days)))


# ---------------------------------------------------------------- grades


@pytest.mark.parametrize(
    ("seen", "certificate", "clock"),
    [
        (contact(), Grade.OK, Grade.OK),
        (contact(days=13.9), Grade.NOTE, Grade.OK),
        (contact(clock_s=-5), Grade.OK, Grade.NOTE),
        (contact(has_date=False), Grade.OK, Grade.NOTE),
        (contact(clock_s=40), Grade.OK, Grade.FAULT),
        (contact(clock_s=-40), Grade.OK, Grade.FAULT),
    ],
)
def test_certificate_and_clock_are_graded(seen: Contact, certificate: Grade, clock: Grade) -> None:
    assert [finding.grade for finding in contact_findings(seen)] == [certificate, clock]


def test_variables_of_other_programs_are_named_without_their_values() -> None:
    own = Profile(name="a", base_url="https://desk.example/epex/v2/api", proxy="http://proxy.example:3128")
    assert [*proxy_findings({}, None)] == [ok("proxy", "none")]
    assert [*proxy_findings({}, own)] == [ok("proxy", "that of the profile")]
    environ = {"https_proxy": "http://me:password@proxy", "SSL_CERT_FILE": "/x", "NO_PROXY": ""}
    _, found = proxy_findings(environ, None)
    assert found.grade is Grade.NOTE
    assert "ignored on purpose: HTTPS_PROXY, SSL_CERT_FILE." in found.text
    assert "password" not in found.text


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "16 million"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "linux"}, "16; a terminal that has more sets COLORTERM"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none: NO_COLOR is set, and words say everything"),
    ],
)
def test_colours_follow_the_variables(environ: dict[str, str], colours: str) -> None:
    assert colours_of(environ) == colours


def test_a_store_is_not_configured_or_does_not_answer() -> None:
    assert store_finding(Settings()) == ok("team store", "not configured")
    silent = Settings(team=TeamSettings(store="postgresql://127.0.0.1:1/trading"))
    assert store_finding(silent).grade is Grade.FAULT


# ---------------------------------------------------------------- the text


def test_the_text_names_no_key_no_home_and_no_whole_host() -> None:
    redaction.remember("s3cret")
    findings = [
        ok("server", "desk.trading.example answers"),
        note("keyring", "s3cret \x1b[31m"),
        fault("API key", "/home/me/.config/key is for https://other.trading.example:8443"),
    ]
    text = report(["/home/me"], findings, home="/home/me", hosts=["desk.trading.example"])
    assert text.splitlines() == [
        "~",
        "",
        "ok     server   desk… answers",
        "note   keyring  [key] ␛[31m",
        "FAULT  API key  ~/.config/key is for https://other…:8443",
        "",
        "1 fault, 1 note",
    ]


@pytest.mark.parametrize(
    ("host", "shown"),
    [("a.b.example", "a…"), ("localhost", "localhost"), ("10.0.0.5", "10.0.0.5"), ("::1", "::1")],
)
def test_a_host_is_cut_and_an_address_is_not(host: str, shown: str) -> None:
    assert short_host(host) == shown


# ---------------------------------------------------------------- the command


def graded(out: bytes) -> dict[str, str]:
    """The grade of each subject."""
    rows = [line.split(maxsplit=1) for line in out.decode().split("\n\n")[1].splitlines()]
    return {row[1].split("  ")[0]: row[0] for row in rows}


def test_all_is_looked_at_without_a_terminal(tmp_path: Path, exchange: RunningExchange) -> None:
    host = Host(tmp_path, {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})
    host.adopt(exchange.base_url, exchange.keys["trader"])
    before = len(exchange.requests())
    done = host.invoke("doctor")
    assert done.returncode == 0
    expected = {"terminal": "note", "function key": "note", "settings": "ok", "profile": "ok", "API key": "ok"}
    expected |= {"keyring": "note", "server": "ok", "certificate": "ok", "clock": "ok", "proxy": "ok"}
    assert graded(done.stdout) == expected | {"team store": "ok"}
    assert str(tmp_path).encode() not in done.stdout
    assert len(exchange.requests()) == before + 1


def test_a_fault_is_the_exit_code(tmp_path: Path) -> None:
    host = Host(tmp_path, {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"})
    nothing = host.invoke("doctor")
    assert (nothing.returncode, graded(nothing.stdout)["settings"]) == (0, "note")
    host.adopt("http://127.0.0.1:1/acme/epex/v2/api", "two words")
    done = host.invoke("doctor")
    assert done.returncode == 2
    grades = graded(done.stdout)
    assert (grades["server"], grades["API key"], grades["settings"]) == ("FAULT", "FAULT", "ok")
    other = graded(host.invoke("--profile", "other", "doctor").stdout)
    assert other["profile"] == "FAULT"
    host.adopt("http://desk.example/acme/epex/v2/api", "a-key")
    done = host.invoke("doctor")
    assert (done.returncode, graded(done.stdout)["settings"]) == (2, "FAULT")


@pytest.mark.parametrize("content", ["", "mouse = true\n", "[profiles]\n"])
@pytest.mark.parametrize("is_named", [True, False])
def test_settings_without_a_profile_are_a_fault_with_the_next_step(
    tmp_path: Path, content: str, *, is_named: bool
) -> None:
    host = Host(tmp_path)
    file = tmp_path / "own.toml" if is_named else tmp_path / "xdg_config_home" / "pbtui" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    file.chmod(0o600)
    config = ("--config", str(file)) if is_named else ()
    done = host.invoke(*config, "doctor")
    assert (done.returncode, graded(done.stdout)["profile"]) == (2, "FAULT")
    at_home = str(file).replace(str(tmp_path), "~")
    assert f"There is no profile in {at_home} yet. For the text of one: pbtui --config {at_home} setup --print. " in (
        done.stdout.decode()
    )
    refused = host.invoke(*config, "orders").stderr.decode()
    assert f"There is no profile in {file} yet. For the text of one: pbtui --config {file} setup --print. " in refused


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x\x1b[20~", "ok     function key  F9 arrived"),
        ("\x1b[20;5~", "ok     function key  F9 arrived"),
        ("\r", "note   function key  F9 not tested"),
    ],
)
def test_the_function_key_is_pressed_or_skipped(tmp_path: Path, typed: str, said: str) -> None:
    host = key_host.Host(tmp_path, variables={"LANG": "C.UTF-8", "TERM": "tmux-256color"})
    code, shown = host.at_terminal("doctor", answers=[(ASKED, typed)])
    assert code == 0
    assert said in shown
    assert "ok     colours       256" in shown


def test_without_input_nothing_is_asked(tmp_path: Path) -> None:
    _, shown = key_host.Host(tmp_path, variables={"LANG": "C.UTF-8"}).at_terminal("doctor", "--no-input", answers=[])
    assert ASKED not in shown
    assert os.linesep in shown
