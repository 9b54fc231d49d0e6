"""The simulator as a process."""

import httpx

from tests.exchange import RunningExchange, running_exchange


def test_tells_where_it_serves_and_ends_on_sigterm() -> None:
    with running_exchange(orders=5) as exchange:
        assert exchange.base_url.endswith("/playground/epex/v2/api")
        assert set(exchange.keys) == {"trader", "admin", "reader"}
        assert set(exchange.portfolios["trader"]) < set(exchange.portfolios["admin"])
        assert len(exchange.orders(key="admin")) == 5
        assert exchange.stop() == 0


def test_fixture_gives_sixty_orders(exchange: RunningExchange) -> None:
    assert len(exchange.orders(key="admin")) == 60
    assert 0 < len(exchange.orders()) < 60


def test_health_needs_no_key(exchange: RunningExchange) -> None:
    assert exchange.call("GET", "/market/health", key=None).status_code == httpx.codes.NO_CONTENT
