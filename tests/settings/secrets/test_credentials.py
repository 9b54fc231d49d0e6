"""Where an API key comes from, with real keyring plugins, good and bad; and that it shows nowhere."""

import json
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.settings.key_text import CredentialsError, KeyringUnusable, KeyText, Secret, checked_api_key
from pbtui.settings.profiles import Profile
from pbtui.settings.secrets import credentials, keyring_access
from pbtui.settings.secrets.credentials import FoundKey, KeyringStatus

PLUGINS = Path(__file__).parent / "plugins"
PYTHON, NO_PYTHON = sys.executable, "/no/python"
STUCK_S = 60
"""Long enough for any machine: a keyring that has not answered then hangs."""
KEY = "0f1e-Secret'Key\\\"-of-the-desk-that-is-longer-than-32"
PROFILE = Profile(name="epex-prod", base_url="https://Desk.Example:8443/acme/epex/v2/api")
SERVICE = "pbtui:https://desk.example:8443"
VARIABLE = "PBTUI_API_KEY_EPEX_PROD"

Entries = dict[str, dict[str, str]]


class HostKeyring:
    """The keyring of this test's host: choose its plugin, look at its file.

    It is opened in this process, as the program does where no other can be started, unless the test wants one.
    """

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._file = file
        self._monkeypatch = monkeypatch

    def open_in(self, python: str) -> None:
        """Open the keyring in a process of this Python from now on."""
        self._monkeypatch.setattr(sys, "executable", python)

    def choose(self, backend: str) -> None:
        self._monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)

    @property
    def entries(self) -> Entries:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    @entries.setter
    def entries(self, entries: Entries) -> None:
        self._file.write_text(json.dumps(entries))


@pytest.fixture(autouse=True)
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HostKeyring:
    file = tmp_path / "ring.json"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("DESK_RING_FILE", str(file))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.syspath_prepend(str(PLUGINS))
    monkeypatch.setattr(keyring_access, "_has_hung", False)
    monkeypatch.setattr(keyring_access, "KEYRING_LIMIT_S", STUCK_S)
    host = HostKeyring(file, monkeypatch)
    host.open_in(NO_PYTHON)
    host.choose("desk_rings.FileRing")
    return host


def refusal(action: Callable[[], object], kind: type[CredentialsError] = CredentialsError) -> str:
    """The message of the refusal, after a look that nothing an exception keeps alive shows the key."""
    with pytest.raises(kind) as refused:
        action()
    error = refused.value
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # The test's own frames know the key; ours may not.
    ours = shown[shown.find("pbtui/settings") :]
    for form in (KEY, repr(KEY)[1:-1], json.dumps(KEY)[1:-1]):
        assert form not in ours
        assert form not in repr(error)
    return str(error)


def found(profile: Profile = PROFILE) -> tuple[str, str]:
    found = credentials.find_api_key(profile)
    assert found is not None
    return found.key.get_secret_value(), found.source


def store(profile: Profile) -> None:
    keyring_access.store_api_key(profile, Secret(KEY))


# ---------------------------------------------------------------- the order of the sources


def test_a_missing_key_is_not_found() -> None:
    assert credentials.find_api_key(PROFILE) is None


def test_the_environment_comes_first(keyring: HostKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.entries = {SERVICE: {"epex-prod": "the stored one"}}
    monkeypatch.setenv(VARIABLE, f"  {KEY}\n")
    assert found() == (KEY, f"variable {VARIABLE}")


def test_the_keyring_is_not_asked_if_the_environment_has_the_key(
    keyring: HostKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.choose("keyring.backends.fail.Keyring")
    monkeypatch.setenv(VARIABLE, KEY)
    assert found() == (KEY, f"variable {VARIABLE}")


def test_the_keyring_comes_after_the_environment(keyring: HostKeyring) -> None:
    keyring.entries = {SERVICE: {"epex-prod": f"{KEY}\n", "other": "another's"}}
    assert found() == (KEY, "keyring")


@pytest.mark.parametrize(
    "place",
    [
        "pbtui:https://elsewhere.example:8443",
        "pbtui:https://desk.example:8443.evil.example",
        "pbtui:http://desk.example:8443",
        "pbtui:https://desk.example",
        "pbtui:desk.example",
        "pbtui",
    ],
)
def test_a_key_stored_for_another_server_is_not_found(keyring: HostKeyring, place: str) -> None:
    keyring.entries = {place: {"epex-prod": KEY}}
    assert credentials.find_api_key(PROFILE) is None


def test_a_key_stored_for_another_profile_is_not_found(keyring: HostKeyring) -> None:
    keyring.entries = {SERVICE: {"epex-test": KEY}}
    assert credentials.find_api_key(PROFILE) is None


def test_a_keyring_that_ignores_the_name_is_refused(keyring: HostKeyring) -> None:
    keyring.choose("desk_rings.CarelessRing")
    keyring.entries = {SERVICE: {"another": KEY}}
    message = refusal(lambda: credentials.find_api_key(PROFILE), KeyringUnusable)
    assert message.startswith(
        "The keyring returns the same entry for every user name, so the key may belong to another profile"
    )


# ---------------------------------------------------------------- what a key looks like


@pytest.mark.parametrize(
    ("entered", "flaw"),
    [
        ("", "is empty"),
        (" \t\r\n", "is empty"),
        (f"{KEY} {KEY}", "has a space, a line break or a control character inside"),
        (f"{KEY}\nuser: trader", "has a space, a line break or a control character inside"),
        (f"{KEY}\x00{KEY}", "has a space, a line break or a control character inside"),
        (f"{KEY}\x1b[A{KEY}", "has a space, a line break or a control character inside"),
        (f"{KEY}é", "has characters that are not ASCII"),
        (f"\ufeff{KEY}", "has characters that are not ASCII"),
        (f"{KEY}\udcff", "has characters that are not ASCII"),
        pytest.param(KEY * 100, "is longer than 4096 characters", id="long"),
    ],
)
def test_an_invalid_key_is_refused_from_every_source(
    keyring: HostKeyring, monkeypatch: pytest.MonkeyPatch, entered: str, flaw: str
) -> None:
    assert refusal(lambda: checked_api_key(Secret(entered))) == f"The API key {flaw}. Give the key alone."
    message = refusal(lambda: keyring_access.store_api_key(PROFILE, Secret(entered)))
    assert message == f"The API key {flaw}. Give the key alone."
    assert keyring.entries == {}
    keyring.entries = {SERVICE: {"epex-prod": entered}}
    message = refusal(lambda: credentials.find_api_key(PROFILE))
    assert (
        message == f"The API key of epex-prod in the keyring {flaw}. Store it again: pbtui --profile epex-prod keys set"
    )
    if "\0" not in entered:
        monkeypatch.setenv(VARIABLE, entered)
        message = refusal(lambda: credentials.find_api_key(PROFILE))
        assert (
            message == f"The API key in the variable {VARIABLE} {flaw}. Set the variable to the key alone, or unset it."
        )


@given(st.text())
def test_a_key_that_passes_can_be_sent_in_a_header(entered: str) -> None:
    try:
        key = checked_api_key(Secret(entered)).get_secret_value()
    except CredentialsError:
        return
    assert key == entered.strip()
    assert all("!" <= character <= "~" for character in key)


def test_a_found_key_does_not_show_itself() -> None:
    found = FoundKey(KeyText(KEY), "keyring")
    assert KEY[:4] not in repr(found) + str(found) + str(found.key)


# ---------------------------------------------------------------- keeping and deleting


@pytest.mark.parametrize("python", [PYTHON, NO_PYTHON], ids=["a process of its own", "this process"])
def test_a_stored_key_is_found_until_it_is_deleted(keyring: HostKeyring, python: str) -> None:
    keyring.open_in(python)
    keyring.entries = {SERVICE: {"other": "another's"}}
    keyring_access.store_api_key(PROFILE, Secret(f"{KEY}\n"))
    assert keyring.entries == {SERVICE: {"other": "another's", "epex-prod": KEY}}
    assert found() == (KEY, "keyring")
    assert keyring_access.delete_api_key(PROFILE) is True
    assert keyring_access.delete_api_key(PROFILE) is False
    assert keyring.entries == {SERVICE: {"other": "another's"}}


def test_a_probe_leaves_nothing_behind(keyring: HostKeyring) -> None:
    keyring.entries = {SERVICE: {"epex-prod": KEY}}
    keyring_access.probe_keyring(PROFILE)
    assert keyring.entries == {SERVICE: {"epex-prod": KEY}}


def test_a_probe_does_not_delete_the_entry_of_a_keyring_that_ignores_the_name(keyring: HostKeyring) -> None:
    keyring.choose("desk_rings.CarelessRing")
    keyring.entries = {SERVICE: {"another": KEY}}
    refusal(lambda: keyring_access.probe_keyring(PROFILE), KeyringUnusable)
    assert keyring.entries == {SERVICE: {"another": KEY}}


def test_a_keyring_that_does_not_store_is_refused(keyring: HostKeyring) -> None:
    keyring.choose("desk_rings.ForgetfulRing")
    for action in (keyring_access.probe_keyring, store):
        message = refusal(partial(action, PROFILE), KeyringUnusable)
        assert message.startswith("The keyring does not return what was stored in it")


def test_a_key_that_was_stored_in_part_is_deleted_again(keyring: HostKeyring) -> None:
    keyring.choose("desk_rings.ShorteningRing")
    keyring_access.probe_keyring(PROFILE)
    message = refusal(lambda: store(PROFILE), KeyringUnusable)
    assert message.startswith("The keyring does not return what was stored in it")
    assert keyring.entries == {SERVICE: {}}


def test_a_plugin_that_repeats_the_key_is_not_quoted(keyring: HostKeyring) -> None:
    keyring.choose("desk_rings.TalkativeRing")
    keyring_access.probe_keyring(PROFILE)
    message = refusal(lambda: store(PROFILE), KeyringUnusable)
    assert message.startswith("The keyring failed: ValueError (PYTHON_KEYRING_BACKEND is desk_rings.TalkativeRing).")


def test_a_key_that_is_still_there_is_not_called_deleted(keyring: HostKeyring) -> None:
    keyring.choose("desk_rings.UndeletingRing")
    keyring.entries = {SERVICE: {"epex-prod": KEY}}
    message = refusal(lambda: keyring_access.delete_api_key(PROFILE), KeyringUnusable)
    assert message.startswith("The keyring did not delete the entry")


# ---------------------------------------------------------------- keyrings that are none

UNUSABLE = [
    ("keyring.backends.fail.Keyring", "This host has no keyring"),
    ("keyring.backends.null.Keyring", "The keyring is switched off: its backend is the one that stores nothing"),
    ("no_such_module.Ring", "The keyring failed: ModuleNotFoundError (No module named 'no_such_module')"),
    ("desk_rings.NoSuchRing", "The keyring failed: AttributeError"),
    ("nonsense", "The keyring failed: ValueError (Empty module name)"),
    ("desk_rings.LockedRing", "The keyring failed: KeyringLocked (Failed to unlock the collection!)"),
    ("desk_rings.UninitialisedRing", "The keyring failed: InitError (Failed to create the collection"),
    ("desk_rings.ToollessRing", "The keyring failed: RuntimeError (␛]0;title␇pass executable is missing!)"),
]


@pytest.mark.parametrize(("backend", "problem"), UNUSABLE)
def test_a_problem_is_reported_with_the_next_step(keyring: HostKeyring, backend: str, problem: str) -> None:
    keyring.choose(backend)
    actions: list[Callable[[Profile], object]] = [
        credentials.find_api_key,
        keyring_access.probe_keyring,
        keyring_access.delete_api_key,
    ]
    for action in actions:
        message = refusal(partial(action, PROFILE), KeyringUnusable)
        assert message.startswith(problem)
        assert f"(PYTHON_KEYRING_BACKEND is {backend})" in message
        assert message.endswith(f"Set the environment variable {VARIABLE}, or fix the keyring and try again.")


def test_the_status_names_backend_and_service_and_not_the_key(keyring: HostKeyring) -> None:
    assert credentials.keyring_status(PROFILE) == KeyringStatus(SERVICE, "desk_rings.FileRing", False, None)
    keyring.entries = {SERVICE: {"epex-prod": KEY}}
    status = credentials.keyring_status(PROFILE)
    assert status == KeyringStatus(SERVICE, "desk_rings.FileRing", True, None)
    assert KEY[:4] not in repr(status)


@pytest.mark.parametrize(("backend", "problem"), UNUSABLE)
def test_the_status_reports_a_problem_instead_of_raising(keyring: HostKeyring, backend: str, problem: str) -> None:
    keyring.choose(backend)
    status = credentials.keyring_status(PROFILE)
    assert (status.holds_key, status.service) == (False, SERVICE)
    assert status.problem is not None
    assert status.problem.startswith(problem)
