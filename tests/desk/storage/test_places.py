"""Whose state it is: one owner for each profile at each server, with a name that every file system keeps apart."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbtui.desk.storage.places import (
    halt_file,
    journal_folder,
    journal_head,
    key_proof_file,
    owner_of,
    profile_of,
    report_folder,
    state_folder,
)
from pbtui.settings.profiles import Environment, Profile

BASE_URL = "https://staging.powerbot-trading.com/playground/epex/v2/api"


def owner(base_url: str = BASE_URL, name: str = "test", environment: Environment = Environment.TEST) -> str:
    return owner_of(Profile(name=name, base_url=base_url, environment=environment))


@pytest.mark.parametrize(
    "spelling",
    [
        BASE_URL + "/",
        "https://staging.powerbot-trading.com:443/playground/epex/v2/api",
        "HTTPS://Staging.PowerBot-Trading.com/playground/epex/v2/api/",
    ],
)
def test_every_spelling_of_a_url_is_the_same_server(spelling: str) -> None:
    assert owner(spelling) == owner()


@pytest.mark.parametrize(("one", "other"), [("localhost", "127.0.0.1"), ("[::1]", "[0:0:0:0:0:0:0:1]")])
def test_this_machine_is_the_same_server_by_each_of_its_addresses(one: str, other: str) -> None:
    assert owner(f"http://{one}:8080/a/epex/v2/api") == owner(f"http://{other}:8080/a/epex/v2/api")


def test_scheme_host_port_tenant_exchange_and_profile_each_make_another_owner() -> None:
    urls = [
        BASE_URL,
        "https://staging.powerbot-trading.com:8443/playground/epex/v2/api",
        "https://staging.powerbot-trading.com/acme/epex/v2/api",
        "https://staging.powerbot-trading.com/playground/nordpool/v2/api",
        "https://staging.powerbot-trading.com/playground/EPEX/v2/api",
        "https://staging.powerbot-trading.com.example/playground/epex/v2/api",
        "https://localhost/playground/epex/v2/api",
        "http://localhost/playground/epex/v2/api",
        "http://127.0.0.2/playground/epex/v2/api",
        "https://simulator/v2/v2/api",
    ]
    names = ["test", "Test", "TEST", "test-", "t" * 32, "t" * 33, "t" * 34]
    owners = {owner(url, name) for url in urls for name in names} | {owner(environment=Environment.SIMULATION)}
    assert len({each.lower() for each in owners}) == len(urls) * len(names) + 1


def test_every_simulator_of_a_demo_is_the_same_server() -> None:
    demo = owner("http://127.0.0.1:4711/playground/epex/v2/api", "demo", Environment.SIMULATION)
    assert demo == owner("http://127.0.0.1:4712/playground/epex/v2/api", "demo", Environment.SIMULATION)
    assert demo == "demo@simulator"


HOSTS = st.from_regex(r"[A-Za-z0-9_-]{1,60}(\.[a-z0-9_-]{1,60}){0,3}", fullmatch=True)
EXCHANGES = st.from_regex(r"(?!\.+$)[A-Za-z0-9._~-]{1,60}", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,300}", fullmatch=True)


@given(HOSTS, EXCHANGES, NAMES)
def test_the_name_is_safe_and_short_on_every_file_system(host: str, exchange: str, name: str) -> None:
    found = owner(f"https://{host}/{exchange}/v2/api", name)
    assert found == found.lower()
    assert found.isascii()
    assert not set(found) & set('/\\:*?"<>| ')
    assert found[0] != "."
    assert found[-1] not in ". "
    assert len(found) <= 120
    assert profile_of(owner_of(Profile(name=name, base_url=BASE_URL))) == name.lower()[:32]


def test_all_state_is_below_the_folder_of_its_owner_or_named_after_it() -> None:
    mine = owner_of(Profile(name="test", base_url=BASE_URL))
    places: list[Path] = [place(mine) for place in (journal_folder, journal_head, halt_file, report_folder)]
    assert all(mine in path.name for path in [*places, key_proof_file(mine)])
    assert all(path.parents[1] == state_folder() for path in places)
