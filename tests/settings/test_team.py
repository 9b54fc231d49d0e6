"""The table [team]: which addresses are taken, and that no password is, or is ever repeated."""

import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from pbtui.settings.damaged.rescue import rescue_for_rearm, rescue_profile
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import SettingsError
from pbtui.settings.team import TeamSettings

PROFILES = """\
[profiles.desk]
base_url = "https://desk.example/acme/epex/v2/api"

[profiles.test]
base_url = "https://test.example/acme/epex/v2/api"
"""
STORE = '[team]\nstore = "service=trading"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


def with_store(folder: Path, address: str) -> Path:
    return written(folder, f"{PROFILES}[team]\nstore = '''{address}'''\n")


def refusal(file: Path) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(file)
    return str(refused.value)


def test_the_store_is_that_of_all_profiles_of_the_file(tmp_path: Path) -> None:
    profiles = load_settings(written(tmp_path, STORE + PROFILES)).profiles.values()
    assert [profile.team_store for profile in profiles] == ["service=trading"] * 2


@pytest.mark.parametrize("table", ["", "[team]\n"])
def test_without_a_store_there_is_none(tmp_path: Path, table: str) -> None:
    assert load_settings(written(tmp_path, table + PROFILES)).profile("desk").team_store == ""


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://",
        "postgres:///trading",
        "postgresql://db.example:5432/trading",
        "postgresql://tess@db.example/trading?sslmode=verify-full&target_session_attrs=read-write",
        "postgresql://tess%40acme@db.example/trading",
        "postgresql://db.example:5432/trading?user=tess@acme",
        "postgresql://one.example:5432,two.example:5433/trading?user=tess@acme",
        "postgresql://[::1]:5432/trading?user=tess@acme",
        "postgresql://tess@[::1]:5432,[::2]/trading",
        "service=trading",
        " host = /run/postgresql  dbname='the team' user=tess require_auth=password ",
        "dbname='tess\\'s' passfile=/etc/pbtui/pgpass sslkey=client.key host=",
    ],
)
def test_an_address_that_the_driver_takes_is_taken(tmp_path: Path, address: str) -> None:
    conninfo_to_dict(address)
    assert load_settings(with_store(tmp_path, address)).profile("desk").team_store == address


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://tess:s3cr3t@db.example/trading",
        "postgresql://:s3cr3t@db.example",
        "postgresql://tess:s3cr3t/x@db.example/trading",
        "postgresql://tess:s3cr3t?x@db.example/trading",
        "postgresql://tess:s3cr3t?x/y@db.example/trading",
        "postgresql://tess:1/s3cr3t@db.example/trading",
        "postgresql+psycopg://tess:s3cr3t@db.example/trading",
        "postgresql://db.example/trading?user=tess&password=s3cr3t",
        "postgresql://db.example/trading?pass%77ord=s3cr3t",
        "postgresql://db.example/trading?sslpassword=s3cr3t",
        "host=db.example password=s3cr3t",
        "host=db.example PASSWORD = 's3cr3t",
        "host=db.example oauth_client_secret=s3cr3t",
    ],
)
def test_a_password_is_refused_unread(tmp_path: Path, address: str) -> None:
    message = refusal(with_store(tmp_path, address))
    assert "team.store: no secrets in this file! Remove the password; it belongs into ~/.pgpass" in message
    assert "s3cr3t" not in message
    assert "example" not in message


@pytest.mark.parametrize("address", ["trading", "db.example:5432", "mysql://db.example/trading", "host=x and", "a='b"])
def test_what_is_no_address_is_refused_unread(tmp_path: Path, address: str) -> None:
    message = refusal(with_store(tmp_path, address))
    assert message.endswith(
        "team.store: must be the address of a PostgreSQL database, such as "
        '"postgresql://db.example/trading" or "service=trading"'
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("team = 1\n", "team: must be a table, under the line [team]"),
        ('[team]\nstore = ""\n', "team.store: must be the address of a PostgreSQL database, such as"),
        ("[team]\nstore = 1\n", "team.store: must be the address of a PostgreSQL database, such as"),
        ("[team]\nstore = 'host=x\ty=z'\n", "team.store: must be the address of a PostgreSQL database, such as"),
        ('[team]\nstor = "service=x"\n', "team.stor: is not a known key; did you mean store?"),
        ('[team]\npassword = "s3cr3t"\n', "team.password: no secrets in this file! Remove it; the password belongs"),
    ],
)
def test_a_wrong_key_is_named_with_its_reason(tmp_path: Path, table: str, message: str) -> None:
    file = written(tmp_path, table + PROFILES)
    assert refusal(file).startswith(f"{file}: {message}")
    assert "s3cr3t" not in refusal(file)


def test_a_store_without_the_driver_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refusal(written(tmp_path, STORE + PROFILES)).endswith("install it: pip install 'pbtui[team]'")
    assert load_settings(written(tmp_path, PROFILES)).profile("desk").team_store == ""


def test_a_wrong_address_is_refused_in_code_too() -> None:
    with pytest.raises(ValueError, match="store: no secrets in this file"):
        TeamSettings(store="postgresql://tess:s3cr3t@db.example/trading")


NOTE = "The kill goes on without the team store: it does not halt the other desks."


@pytest.mark.parametrize(
    "text",
    [
        PROFILES + STORE.replace("service=", "service"),
        PROFILES + STORE.replace("store", "stor"),
        PROFILES + STORE + "password_comand = 1\n",
        PROFILES + "[[team]]\n",
        PROFILES + STORE.replace('g"', "g"),
        PROFILES + STORE.replace("[team]", "[team"),
        PROFILES + STORE + STORE,
        'team.store = "service=trading"\n' + PROFILES + "x =\n",
    ],
)
def test_a_faulty_table_does_not_stop_the_kill_which_says_that_it_goes_on_without(tmp_path: Path, text: str) -> None:
    profile, notes = rescue_profile(written(tmp_path, text), "desk")
    assert (profile.team_store, notes[-1]) == ("", NOTE)


@pytest.mark.parametrize("damage", ["theme = 5\n", "x = 1\nx = 1\n", "<html>\n"])
def test_a_kill_with_problems_elsewhere_uses_the_store(tmp_path: Path, damage: str) -> None:
    profile, notes = rescue_profile(written(tmp_path, damage + STORE + PROFILES), "desk")
    assert profile.team_store == "service=trading"
    assert NOTE not in notes


def test_a_kill_without_a_store_does_not_speak_of_one(tmp_path: Path) -> None:
    profile, notes = rescue_profile(written(tmp_path, "theme = 5\n" + PROFILES), "desk")
    assert (profile.team_store, len(notes)) == ("", 1)


def test_a_faulty_rule_for_re_arms_leaves_a_kill_its_store_and_a_re_arm_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, STORE + 'rearm = "two-person"\n' + PROFILES)
    assert refusal(file).endswith("team.rearm: must be one-person or two-persons, in quotes")
    assert rescue_profile(file, "desk")[0].team_store == "service=trading"
    with pytest.raises(SettingsError, match="no halt was lifted"):
        rescue_for_rearm(file, "desk")
    alone = written(tmp_path, '[team]\nrearm = "two-persons"\n' + PROFILES)
    assert "two persons need a store" in refusal(alone)


def test_a_re_arm_that_can_t_read_the_store_lifts_nothing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        rescue_for_rearm(written(tmp_path, PROFILES + STORE.replace("store", "stor")), "desk")
    assert "no halt was lifted: neither that of the team nor that of this host" in str(refused.value)
    assert "kill" not in str(refused.value)
    profile, [note] = rescue_for_rearm(written(tmp_path, "theme = 5\n" + STORE + PROFILES), "desk")
    assert (profile.team_store, "kill" in note) == ("service=trading", False)
    assert rescue_for_rearm(written(tmp_path, STORE + PROFILES), "desk")[1] == ()
