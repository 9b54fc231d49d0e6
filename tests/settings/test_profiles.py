"""The settings file: what is taken, what is refused, and what a refusal says."""

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import asdict

from pbtui.settings.file import load_settings
from pbtui.settings.key_bindings import KeySettings
from pbtui.settings.kill import KillAction, KillGuard, KillSettings
from pbtui.settings.limits import Limits
from pbtui.settings.profiles import (
    Environment,
    Profile,
    Settings,
    SettingsError,
    api_key_variable,
)
from tests.certificates import Authority

STAGING = "https://staging.powerbot-trading.com/playground/epex/v2/api"
PRODUCTION = "https://desk.example/acme/epex/v2/api"
NAMES = st.text(st.sampled_from("abAB01-_"), min_size=1, max_size=6)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def written(folder: Path, text: str) -> Path:
    file = folder / "desk.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file: Path | None) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(file)
    return str(refused.value)


def profile_at(base_url: str) -> Profile:
    return Profile(name="desk", base_url=base_url)


# ---------------------------------------------------------------- what is taken


def test_a_full_file_is_taken_as_written(tmp_path: Path) -> None:
    Authority(tmp_path).file.rename(tmp_path / "corporate.pem")
    file = written(
        tmp_path,
        f"""
        default_profile = "prod"
        theme = "light"

        [keys]
        kill = "F8, shift+ctrl+f12,f8"

        [profiles.prod]
        base_url = "{PRODUCTION}/"
        portfolios = ["TRD1", "TRD2"]
        delivery_areas = ["10YDE-RWENET---I"]
        environment = "production"
        read_only = false
        poll_seconds = 5
        market_timezone = "Europe/Vienna"
        ca_file = "corporate.pem"
        proxy = "http://proxy.example:3128"

        [profiles.prod.limits]
        max_quantity_mw = 12.5
        min_price = -500
        max_price = 999.99
        max_orders_per_action = 20

        [profiles.prod.kill]
        action = "deactivate-all"
        guard = "typed"
        delivery_areas = ["10YAT-APG------L"]
        products = ["XBID Hour Power"]
        phones = ["PowerBot support +43 1 234567"]

        [profiles.prod.presets]
        hedge = "sell 5 @ 80 de1 #hedge"

        [profiles.test]
        base_url = "{STAGING}"
        """,
    )
    settings = load_settings(file)
    assert settings == Settings(
        default_profile="prod",
        theme="light",
        keys=KeySettings(kill="F8, shift+ctrl+f12,f8"),
        file=file,
        profiles={
            "prod": Profile(
                file=file,
                name="prod",
                base_url=PRODUCTION,
                portfolios=("TRD1", "TRD2"),
                delivery_areas=("10YDE-RWENET---I",),
                environment=Environment.PRODUCTION,
                read_only=False,
                poll_seconds=5.0,
                market_timezone="Europe/Vienna",
                ca_file=tmp_path / "corporate.pem",
                proxy="http://proxy.example:3128",
                presets={"hedge": "sell 5 @ 80 de1 #hedge"},
                limits=Limits(
                    max_quantity_mw=Decimal("12.5"),
                    min_price=Decimal(-500),
                    max_price=Decimal("999.99"),
                    max_orders_per_action=20,
                ),
                kill=KillSettings(
                    action=KillAction.DEACTIVATE_ALL,
                    guard=KillGuard.TYPED,
                    delivery_areas=("10YAT-APG------L",),
                    products=("XBID Hour Power",),
                    phones=("PowerBot support +43 1 234567",),
                ),
            ),
            "test": Profile(file=file, name="test", base_url=STAGING),
        },
    )
    assert settings.keys.kill_keys == ("f8", "ctrl+shift+f12")


def test_the_defaults_are_the_careful_values(tmp_path: Path) -> None:
    file = written(tmp_path, f'[profiles.desk]\nbase_url = "{PRODUCTION}"')
    profile = load_settings(file).profile("desk")
    tables = {name: asdict(getattr(profile, name)) for name in ("kill", "limits", "alerts", "team")}
    assert {**asdict(profile), **tables} == {
        "name": "desk",
        "file": file,
        "base_url": PRODUCTION,
        "portfolios": (),
        "delivery_areas": (),
        "environment": Environment.PRODUCTION,
        "read_only": True,
        "poll_seconds": 2.0,
        "single_order_endpoint": False,
        "position_guard": False,
        "price_step": Decimal("0.01"),
        "quantity_step": Decimal("0.1"),
        "market_timezone": "Europe/Berlin",
        "presets": {},
        "ca_file": None,
        "proxy": None,
        "api_key_command": (),
        "api_key_file": None,
        "kill": {
            "action": KillAction.DEACTIVATE_MINE,
            "guard": KillGuard.CONFIRM,
            "delivery_areas": (),
            "products": (),
            "phones": (),
        },
        "limits": {
            "max_quantity_mw": Decimal(100),
            "min_price": Decimal(-9999),
            "max_price": Decimal(9999),
            "max_orders_per_action": 100,
            "typed_count_above_orders": 20,
            "typed_count_above_mw": 200,
        },
        "alerts": {
            "fill": ("line", "log"),
            "rejection": ("line", "log", "bell"),
            "limit": ("line", "log"),
            "unknown": ("line", "log", "bell"),
            "link": ("line", "log", "bell"),
            "market": ("line", "log", "bell"),
            "quota": ("line", "log"),
            "foreign_order": ("log",),
            "gate_closing": ("line", "log"),
            "team": ("line", "log", "bell"),
            "team_result": ("line", "log"),
            "gate_closing_minutes": 10,
            "quota_share": Decimal("0.7"),
            "notify_as": "osc9",
            "command": (),
        },
        "team": {"store": "", "rearm": "one-person", "password_command": ()},
    }


def test_the_platforms_config_file_is_read_if_no_path_is_given(tmp_path: Path) -> None:
    file = tmp_path / "config" / "pbtui" / "config.toml"
    assert load_settings(None) == Settings(file=file)
    file.parent.mkdir(parents=True)
    file.write_text('theme = "light"')
    assert load_settings(None).theme == "light"


def test_the_shared_folders_are_searched_after_the_own_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "config" / "pbtui" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"relative:{tmp_path / 'first'}:{tmp_path / 'second'}")
    for folder in ("second", "first"):
        file = tmp_path / folder / "pbtui" / "config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f'theme = "{folder}"')
        assert load_settings(None) == Settings(theme=folder, file=file)
    own.parent.mkdir(parents=True)
    own.write_text('theme = "own"')
    assert load_settings(None).theme == "own"


def test_an_own_file_that_is_a_link_to_nowhere_is_neither_missing_nor_replaced_by_a_shared_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, shared = tmp_path / "config" / "pbtui" / "config.toml", tmp_path / "shared" / "pbtui" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "shared"))
    shared.parent.mkdir(parents=True)
    shared.write_text('theme = "shared"')
    own.parent.mkdir(parents=True)
    own.symlink_to(tmp_path / "not mounted" / "config.toml")
    problem = f"{own}: can't be read (it is a link that leads nowhere)"
    assert (refusal(None), refusal(own)) == (problem, problem)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    assert refusal(tmp_path / "desk.toml") == f"{tmp_path}/desk.toml: there is no such file"


def test_an_unreadable_file_is_reported_with_the_reason(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: can't be read (Is a directory)"


def test_the_byte_order_mark_of_an_editor_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_bytes(b'\xef\xbb\xbftheme = "dark"')
    assert load_settings(file).theme == "dark"


def test_settings_and_profiles_do_not_change() -> None:
    for thing, key in ((Settings(), "theme"), (profile_at(STAGING), "read_only")):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(thing, key, None)


# ---------------------------------------------------------------- what a URL says


@pytest.mark.parametrize(
    ("base_url", "host", "tenant", "exchange"),
    [
        (STAGING, "staging.powerbot-trading.com", "playground", "epex"),
        ("https://Desk.Example:8443/a/b/nordpool/v2/api//", "desk.example", "b", "nordpool"),
        ("https://desk.example/epex/v2/api", "desk.example", None, "epex"),
        ("http://127.0.0.1:8971/playground/epex/v2/api", "127.0.0.1", "playground", "epex"),
        ("http://[::1]:8971/playground/epex/v2/api", "::1", "playground", "epex"),
    ],
)
def test_the_url_names_host_tenant_and_exchange(base_url: str, host: str, tenant: str | None, exchange: str) -> None:
    profile = profile_at(base_url)
    assert (profile.host, profile.tenant, profile.exchange) == (host, tenant, exchange)
    assert profile.base_url == base_url.rstrip("/")


@pytest.mark.parametrize(
    ("base_url", "environment"),
    [
        (STAGING, Environment.TEST),
        ("https://staging.powerbot-trading.com/acme/epex/v2/api", Environment.TEST),
        ("https://playground.powerbot-trading.com/acme/epex/v2/api", Environment.TEST),
        ("https://backup.powerbot-trading.com/playground/epex/v2/api", Environment.TEST),
        ("http://127.0.0.1:8971/acme/epex/v2/api", Environment.PRODUCTION),
        ("http://localhost/playground/epex/v2/api", Environment.PRODUCTION),
        ("https://backup.powerbot-trading.com/acme/epex/v2/api", Environment.PRODUCTION),
        ("https://backup.powerbot-trading.com/playground-acme/epex/v2/api", Environment.PRODUCTION),
        ("https://backup.powerbot-trading.com/playground/acme/epex/v2/api", Environment.PRODUCTION),
        ("https://desk.example/playground/epex/v2/api", Environment.PRODUCTION),
        ("https://staging.powerbot-trading.com.evil.example/playground/epex/v2/api", Environment.PRODUCTION),
        ("https://notpowerbot-trading.com/playground/epex/v2/api", Environment.PRODUCTION),
        ("https://staging.desk.example/acme/epex/v2/api", Environment.PRODUCTION),
        ("https://127.0.0.1.desk.example/acme/epex/v2/api", Environment.PRODUCTION),
        (PRODUCTION, Environment.PRODUCTION),
    ],
)
def test_a_host_that_is_not_surely_a_test_host_is_production(base_url: str, environment: Environment) -> None:
    assert profile_at(base_url).environment is environment


def test_the_environment_can_be_said_and_then_counts(tmp_path: Path) -> None:
    local = "http://127.0.0.1:9000/acme/epex/v2/api"
    file = written(
        tmp_path,
        f"""
        profiles.simulator = {{ base_url = "{local}", environment = "test" }}
        profiles.practice = {{ base_url = "{PRODUCTION}", environment = "test" }}
        """,
    )
    settings = load_settings(file)
    assert settings.profile("simulator").environment is Environment.TEST
    assert settings.profile("practice").environment is Environment.TEST


def test_a_settings_file_can_not_claim_a_simulation(tmp_path: Path) -> None:
    local = "http://127.0.0.1:9000/acme/epex/v2/api"
    assert Profile(name="demo", base_url=local, environment=Environment.SIMULATION).environment == "simulation"
    message = refusal(written(tmp_path, f'profiles.demo = {{ base_url = "{local}", environment = "simulation" }}'))
    assert message.endswith('profiles.demo.environment: must be "production" or "test"')


@pytest.mark.parametrize(
    ("base_url", "loopback"),
    [
        ("http://localhost:1/acme/epex/v2/api", True),
        ("http://127.8.9.1:1/acme/epex/v2/api", True),
        ("http://[::1]:1/acme/epex/v2/api", True),
        ("https://localhost.example/acme/epex/v2/api", False),
        ("https://10.0.0.1/acme/epex/v2/api", False),
        ("https://127.1/acme/epex/v2/api", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_like_it(base_url: str, loopback: bool) -> None:
    assert profile_at(base_url).is_loopback is loopback


BAD_URLS = [
    ("desk.example/acme/epex/v2/api", "must start with https://"),
    ("ftp://desk.example/acme/epex/v2/api", "must start with https://"),
    ("http://desk.example/acme/epex/v2/api", "must start with https://; plain http is only for this machine"),
    ("http://127.0.0.1.desk.example/a/epex/v2/api", "must start with https://; plain http is only for this machine"),
    ("https://trader:s3cr3t@desk.example/acme/epex/v2/api", "must not hold a user name or a password"),
    ("https://s3cr3t@desk.example/acme/epex/v2/api", "must not hold a user name or a password"),
    ("https://desk.example/acme/epex/v2/api?api_key=s3cr3t", "must end after the path, without ? and #"),
    ("https://desk.example/acme/epex/v2/api#", "must end after the path, without ? and #"),
    ("https://desk.example/acme/epex/v2/api/orders", "must end in /<exchange>/v2/api"),
    ("https://desk.example/acme", "must end in /<exchange>/v2/api"),
    ("https://desk.example/v2/api", "must end in /<exchange>/v2/api"),
    ("https://desk.example//v2/api", "must end in /<exchange>/v2/api"),
    ("https://desk.example/acme//epex/v2/api", "must end in /<exchange>/v2/api"),
    ("https://desk.example/acme/../epex/v2/api", "must end in /<exchange>/v2/api"),
    ("https://desk.example/acme/ep%2Fex/v2/api", "must end in /<exchange>/v2/api"),
    ("https:///acme/epex/v2/api", "must be a URL with a valid host and port"),
    ("https://desk.example./acme/epex/v2/api", "must be a URL with a valid host and port"),
    ("https://desk..example/acme/epex/v2/api", "must be a URL with a valid host and port"),
    ("https://desk.example:99999/acme/epex/v2/api", "must be a URL with a valid host and port"),
    ("https://desk.example:0/acme/epex/v2/api", "must be a URL with a valid host and port"),
    ("https://[::1/acme/epex/v2/api", "must be a URL with a valid host and port"),
    ("https://desk.example /acme/epex/v2/api", "must be a URL of plain ASCII characters"),
    ("https://desk.example\\\\@evil.example/a/epex/v2/api", "must be a URL of plain ASCII characters"),
    ("https://desk\\n.example/acme/epex/v2/api", "must be a URL of plain ASCII characters"),
    ("https://dеsk.example/acme/epex/v2/api", "must be a URL of plain ASCII characters"),
    ("", "must be the URL of one exchange's API"),
]


@pytest.mark.parametrize(("base_url", "reason"), BAD_URLS)
def test_a_wrong_base_url_is_refused_without_being_repeated(tmp_path: Path, base_url: str, reason: str) -> None:
    file = written(tmp_path, f'[profiles.desk]\nbase_url = "{base_url}"')
    message = refusal(file)
    assert message.startswith(f"{file}: profiles.desk.base_url: {reason}")
    assert "s3cr3t" not in message


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("proxy.example:3128", "must start with https://"),
        ("socks5://proxy.example:1080", "must start with https://"),
        ("http://trader:s3cr3t@proxy.example:3128", "must not hold a user name or a password"),
        ("http://proxy.example:3128/path", "must end after the proxy's host and port"),
    ],
)
def test_a_wrong_proxy_is_refused_without_being_repeated(tmp_path: Path, proxy: str, reason: str) -> None:
    message = refusal(written(tmp_path, f'profiles.desk = {{ base_url = "{STAGING}", proxy = "{proxy}" }}'))
    assert f"profiles.desk.proxy: {reason}" in message
    assert "s3cr3t" not in message


@given(st.text() | st.from_regex(r"https?://[ -~]{0,30}/v2/api/?"))
@example("https://[")
@example("https://[v1.x]/a/epex/v2/api")
@example("http://\ud800")
def test_any_text_is_a_usable_url_or_a_refusal(text: str) -> None:
    try:
        profile = profile_at(text)
    except ValueError:
        return
    assert profile.host
    assert profile.exchange
    assert profile.base_url.startswith("https://") or profile.is_loopback
    assert profile_at(profile.base_url) == profile


# ---------------------------------------------------------------- what is refused, key by key


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('read_only = "no"', "read_only: must be true or false"),
        ("read_only = 0", "read_only: must be true or false"),
        ("poll_seconds = 0.1", "poll_seconds: must be a number of seconds from 0.5 to 60"),
        ("poll_seconds = 61", "poll_seconds: must be a number of seconds from 0.5 to 60"),
        ("poll_seconds = nan", "poll_seconds: must be a number of seconds from 0.5 to 60"),
        ("poll_seconds = true", "poll_seconds: must be a number of seconds from 0.5 to 60"),
        ('poll_seconds = "2"', "poll_seconds: must be a number of seconds from 0.5 to 60"),
        ('market_timezone = "Europe/Nowhere"', "market_timezone: must be a known time zone, such as Europe/Berlin"),
        ('market_timezone = "Europe"', "market_timezone: must be a known time zone, such as Europe/Berlin"),
        ('market_timezone = "../etc/passwd"', "market_timezone: must be a known time zone, such as Europe/Berlin"),
        ("market_timezone = 1", "market_timezone: must be a time zone, such as Europe/Berlin"),
        ('portfolios = "TRD1"', 'portfolios: must be a list of portfolio ids, such as ["TRD1", "TRD2"]'),
        ('portfolios = [""]', 'portfolios: must be a list of portfolio ids, such as ["TRD1", "TRD2"]'),
        ('portfolios = ["TRD1,TRD2", 3]', 'portfolios: must be a list of portfolio ids, such as ["TRD1", "TRD2"]'),
        ("delivery_areas = [1]", 'delivery_areas: must be a list of areas, such as ["AMP", "10YFR-RTE------C"]'),
        (
            'delivery_areas = ["FR", "10YDE-RWENET--I"]',
            "delivery_areas: number 2 has 15 characters, an EIC has 16; did you mean AMP (10YDE-RWENET---I)?",
        ),
        ('delivery_areas = ["k3y-0f-a-trader"]', "delivery_areas: number 1 has 15 characters, an EIC has 16"),
        ('kill.delivery_areas = ["10ydk-1--------w"]', "kill.delivery_areas: number 1 is not in upper case; did you"),
        ('environment = "live"', 'environment: must be "production" or "test"'),
        ("environment = []", 'environment: must be "production" or "test"'),
        ("ca_file = 1", "ca_file: must be the path of a file with CA certificates"),
        ('ca_file = "~nobody-here/x.pem"', "ca_file: names a file that can't be read (No such file or directory)"),
        ('ca_file = "desk.toml"', "ca_file: names a file without a certificate: it must have lines with BEGIN CERT"),
        ('ca_file = "."', "ca_file: names a file that can't be read (Is a directory)"),
        ('api_key_command = "pass show"', "api_key_command: must be a list of a program and its arguments, such as"),
        ("api_key_command = []", "api_key_command: must be a list of a program and its arguments, such as"),
        ("api_key_command = [1]", "api_key_command: must be a list of a program and its arguments, such as"),
        ("api_key_file = 1", "api_key_file: must be the path of a file that holds the API key alone"),
        ("proxy = 1", "proxy: must be the URL of an HTTP proxy, such as http://proxy.example:3128"),
        ("read_ony = false", "read_ony: is not a known key; did you mean read_only?"),
        ('name = "other"', "name: is not a known key."),
        ("limits = 1", "limits: must be a table, under a line such as [profiles.test.limits]"),
        ("limits.max_quantity_mw = 0", "limits.max_quantity_mw: must be a number of MW from 0.1 to 99999.9"),
        ('limits.max_quantity_mw = "5"', "limits.max_quantity_mw: must be a number of MW from 0.1 to 99999.9"),
        ("limits.max_quantity_mw = inf", "limits.max_quantity_mw: must be a number of MW from 0.1 to 99999.9"),
        ("limits.max_price = nan", "limits.max_price: must be a number from -99999.99 to 99999.99"),
        ("limits.min_price = true", "limits.min_price: must be a number from -99999.99 to 99999.99"),
        ("limits.max_orders_per_action = 5.0", "limits.max_orders_per_action: must be a whole number from 1 to 10000"),
        ("limits.max_orders_per_action = 0", "limits.max_orders_per_action: must be a whole number from 1 to 10000"),
        ("limits.max_prize = 5", "limits.max_prize: is not a known key; did you mean max_price?"),
        ("kill = 1", "kill: must be a table, under a line such as [profiles.test.kill]"),
        (
            'kill.action = "all"',
            "kill.action: must be deactivate-mine, delete-mine, deactivate-all or delete-all, in quotes",
        ),
        ('kill.guard = ""', "kill.guard: must be confirm, grace or typed, in quotes"),
        (
            'kill.delivery_areas = "A"',
            'kill.delivery_areas: must be a list of areas, such as ["AMP", "10YFR-RTE------C"]',
        ),
        ("kill.products = [1]", 'kill.products: must be a list of products, such as ["XBID_Hour_Power"]'),
        ('kill.phone = "1"', "kill.phone: is not a known key; did you mean phones?"),
        ("limits.min_price = 10000", "limits: min_price must not be above max_price"),
        ("alerts = 1", "alerts: must be a table, under a line such as [profiles.test.alerts]"),
        ("alerts.fil = []", "alerts.fil: is not a known key; did you mean fill?"),
        ('alerts.fill = "line"', "alerts.fill: must be a list of line, log"),
        (
            'alerts.fill = ["lin", "log"]',
            "alerts.fill: must be a list of line, log, bell, title, notify, command, "
            'such as ["line", "log"], or [] for none; did you mean line?',
        ),
        ("alerts.gate_closing_minutes = 0", "alerts.gate_closing_minutes: must be a whole number from 1 to 240"),
        ('alerts.fill = ["command"]', 'alerts: a kind of alert goes the way "command", but command is missing'),
        ('alerts.command = "page-me"', "alerts.command: must be a list of a program and its arguments, such as"),
        ("alerts.quota_share = 70", "alerts.quota_share: must be a number from 0.1 to 1"),
        ("presets = 1", "presets: must be a table of lines for new orders, such as hedge ="),
        ("presets.hedge = 5", "presets: must be a table of lines for new orders, such as hedge ="),
        ('presets."two words" = "buy"', "presets: has a name that can't be typed as one word: it must be a name of"),
        ('presets = { Hedge = "buy", hedge = "sell" }', "presets: has two names that differ in upper and lower case"),
        ('presets.hedge = " "', "presets: has a line that is empty, longer than 150 characters, or not printable"),
        ('presets.hedge = "buy\\u001b[2J"', "presets: has a line that is empty, longer than 150 characters, or not"),
        (f'presets.hedge = "{"5" * 151}"', "presets: has a line that is empty, longer than 150 characters, or not"),
        ("colour = 1", "colour: is not a known key."),
    ],
)
def test_a_wrong_key_is_named_with_its_reason(tmp_path: Path, line: str, message: str) -> None:
    file = written(tmp_path, f'[profiles.desk]\nbase_url = "{STAGING}"\n{line}')
    assert refusal(file).startswith(f"{file}: profiles.desk.{message}")
    assert "\n" not in refusal(file)


WRONG_KEYS = (
    '"k"',
    '"f25"',
    '"f0"',
    '"f8,"',
    '""',
    '"ctrl+k"',
    '"meta+f8"',
    '"f8 f9"',
    '["f8"]',
    "8",
    '"\\u017fhift+f8"',
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[profiles.desk]", "profiles.desk.base_url: is missing; it must be the URL of one exchange's API"),
        ("[profiles.desk]\nbase_url = 1", "profiles.desk.base_url: must be the URL of one exchange's API"),
        ("[profile.desk]", "profile: is not a known key; did you mean profiles?"),
        ('file = "other.toml"', "file: is not a known key"),
        ('theme = ""', "theme: must be the name of a theme, in quotes"),
        ("theme = 1", "theme: must be the name of a theme, in quotes"),
        ("default_profile = 1", "default_profile: must be the name of one of the file's profiles, in quotes"),
        ('default_profile = "desk"', "default_profile: names no profile of this file."),
        ("keys = 1", "keys: must be a table, under the line [keys]"),
        ('[keys]\nkil = "f8"', "keys.kil: is not a known key; did you mean kill?"),
        ('[keys]\napi_key = "f8"', "keys.api_key: no secrets in this file!"),
        *((f"[keys]\nkill = {wrong}", "keys.kill: must be a function key") for wrong in WRONG_KEYS),
        ("profiles = 1", "profiles: must be tables, each under a line such as [profiles.test]"),
        ("profiles.desk = 1", "profiles.desk: must be a table, under a line such as [profiles.test]"),
        (
            f'[profiles."my desk\\u001b"]\nbase_url = "{STAGING}"',
            'profiles."my desk\\u001b": must be a name of letters, digits, - and _',
        ),
        (f'[profiles.Demo]\nbase_url = "{STAGING}"', "profiles.Demo: is the name of the profile of pbtui demo"),
        (f'[profiles.drill]\nbase_url = "{STAGING}"', "profiles.drill: is the name of the profile of pbtui drill"),
    ],
)
def test_a_wrong_file_is_named_with_key_and_reason(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    assert refusal(file).startswith(f"{file}: {message}")


def test_limits_that_cannot_be_are_refused_in_code_too() -> None:
    with pytest.raises(ValueError, match="max_quantity_mw: must be a number"):
        Limits(max_quantity_mw=Decimal(-1))
    with pytest.raises(ValueError, match="limits: must be a table"):
        Profile(name="desk", base_url=STAGING, limits=cast("Limits", 5))


def test_a_default_profile_that_is_almost_there_is_guessed(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, f'default_profile = "prd"\nprofiles.prod.base_url = "{PRODUCTION}"'))
    assert message.endswith("default_profile: names no profile of this file; did you mean prod?")


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f"""
        colour = "blue"
        default_profile = "none"
        [profiles.one]
        base_url = "http://desk.example/"
        poll_seconds = 1000
        [profiles.two]
        base_url = "{STAGING}"
        readonly = true
        """,
    )
    heading, *problems = refusal(file).splitlines()
    assert heading == f"{file}:"
    assert [problem.split(": ")[0] for problem in problems] == [
        "  colour",
        "  default_profile",
        "  profiles.one.base_url",
        "  profiles.one.poll_seconds",
        "  profiles.two.readonly",
    ]


@pytest.mark.parametrize(
    "key", ["api_key", "apikey", "API-Key", "key", "trader_key", "password", "passwd", "token", "client_secret"]
)
def test_a_key_in_the_file_is_refused_unread(tmp_path: Path, key: str) -> None:
    file = written(tmp_path, f'[profiles.prod-1]\nbase_url = "{PRODUCTION}"\n{key} = "s3cr3t"')
    message = refusal(file)
    assert f"profiles.prod-1.{key}: no secrets in this file! Remove it" in message
    assert f"pbtui --config {file} --profile prod-1 keys set" in message
    assert "PBTUI_API_KEY_PROD_1" in message
    assert "s3cr3t" not in message


def test_a_key_at_the_top_of_the_file_is_refused_unread(tmp_path: Path) -> None:
    file = written(tmp_path, 'api_key = "s3cr3t"')
    message = refusal(file)
    store = f"pbtui --config {file} --profile NAME keys set"
    assert f"Remove it, then set PBTUI_API_KEY_<NAME>, or run: {store}" in message
    assert "s3cr3t" not in message


def test_a_secret_in_any_value_is_not_repeated(tmp_path: Path) -> None:
    names = set(Profile.__struct_fields__) - {"api_key_file"}
    keys = [*sorted(names), "api_key", "other"]
    lines = [f'{key} = "s3cr3t://\\n"' for key in keys]
    message = refusal(written(tmp_path, "\n".join(['default_profile = "s3cr3t"', "[profiles.desk]", *lines])))
    assert message.count("\n  ") == len(keys) + 1
    assert "s3cr3t" not in message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('theme = "dark"\napi_key = s3cr3t\n', "at line 2"),
        ('theme = "dark"\n\napi_key = "s3cr3t\n', "at line 3"),
        ('theme = "dark"\n\n\napi_key = """s3cr3t\n', "line 4"),
        ('theme = "dark"\ntheme = "light"\n', "line 2"),
        ("[profiles.desk]\n[profiles.desk]\n", "at line 2"),
    ],
)
def test_broken_toml_names_the_line(tmp_path: Path, text: str, line: str) -> None:
    file = written(tmp_path, text)
    message = refusal(file)
    assert message.startswith(f"{file}: is not TOML: ")
    assert line in message
    assert "s3cr3t" not in message


def test_bytes_that_are_no_text_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_bytes(b'theme = "dark"\n# caf\xe9\n')
    assert refusal(file) == f"{file}: is not UTF-8 text (at line 2)"


# ---------------------------------------------------------------- names


@given(NAMES)
def test_every_name_has_a_variable_a_shell_can_set(name: str) -> None:
    assert re.fullmatch(r"PBTUI_API_KEY_[A-Z0-9_]+", api_key_variable(name))


@given(st.sets(NAMES, min_size=2, max_size=3))
@example({"prod-1", "prod_1"})
@example({"prod", "PROD"})
def test_profiles_never_share_a_variable(tmp_path_factory: pytest.TempPathFactory, names: set[str]) -> None:
    text = "\n".join(f'profiles.{name}.base_url = "{STAGING}"' for name in names)
    file = written(tmp_path_factory.mktemp("settings"), text)
    shared = len({api_key_variable(name) for name in names}) < len(names)
    if shared:
        assert "would share its API key variable PBTUI_API_KEY_" in refusal(file)
    else:
        assert set(load_settings(file).profiles) == names


def test_the_api_key_variable_of_a_profile() -> None:
    assert api_key_variable("epex-prod_2") == "PBTUI_API_KEY_EPEX_PROD_2"


# ---------------------------------------------------------------- choosing a profile


SETUP = f"pbtui --config {Path('desk.toml').absolute()} setup. To try pbtui without one: pbtui demo"


def settings_with(*names: str, default: str | None = None) -> Settings:
    profiles = {name: Profile(name=name, base_url=STAGING) for name in names}
    return Settings(default_profile=default, profiles=profiles, file=Path("desk.toml"))


def test_a_named_profile_takes_precedence() -> None:
    assert settings_with("one", "two", default="one").profile("two").name == "two"


def test_the_default_profile_is_used_if_none_is_named() -> None:
    assert settings_with("one", "two", default="two").profile(None).name == "two"


def test_the_only_profile_is_used_without_a_default() -> None:
    assert settings_with("one").profile(None).name == "one"


@pytest.mark.parametrize(
    ("settings", "name", "message"),
    [
        (settings_with("one", "two"), None, "Which profile? desk.toml has one, two. Use --profile NAME"),
        (settings_with("prod", "test"), "prd", "desk.toml has no such profile; did you mean prod? It has: prod, test."),
        (settings_with("prod"), "", "desk.toml has no such profile. It has: prod."),
        (settings_with("prod", default="gone"), None, "desk.toml has no such profile. It has: prod."),
        (settings_with(), None, "There is no profile in desk.toml yet. To set one up: " + SETUP),
        (settings_with(), "prod", "There is no profile in desk.toml yet. To set one up: " + SETUP),
        (Settings(), None, "There is no profile in the settings yet. To set one up: pbtui setup"),
    ],
)
def test_a_missing_choice_of_profile_is_reported_with_the_next_step(
    settings: Settings, name: str | None, message: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.profile(name)
    assert str(refused.value).startswith(message)


def test_areas_may_be_given_by_their_short_names(tmp_path: Path) -> None:
    areas = 'delivery_areas = ["be", "10YFR-RTE------C"]\nkill.delivery_areas = ["BE"]'
    profile = load_settings(written(tmp_path, f'[profiles.desk]\nbase_url = "{STAGING}"\n{areas}')).profile("desk")
    assert profile.delivery_areas == ("10YBE----------2", "10YFR-RTE------C")
    assert profile.kill.delivery_areas == ("10YBE----------2",)
