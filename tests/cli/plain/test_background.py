"""A desk in the background of a session: what follows its views and what reads the newest one see the same."""

from concurrent.futures import Future, ThreadPoolExecutor, wait

from pbtui.api.transport.connection import use_transport
from pbtui.cli.desk import desk_opener
from pbtui.cli.plain.background import BackgroundDesk
from pbtui.desk.blotter.link import Link
from pbtui.desk.view import DeskView
from pbtui.settings.key_text import Secret
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_profile
from tests.ui.threads.test_desk_thread import SlowToEnd


def test_a_view_is_not_older_than_what_a_follower_was_given(exchange: RunningExchange) -> None:
    profile = a_profile(exchange.base_url)
    first, reads = DeskView(Link(profile.poll_seconds)), list[Future[DeskView]]()

    with ThreadPoolExecutor() as pool:

        def follow(view: DeskView) -> None:
            if not reads:
                reads.append(pool.submit(lambda: desk.view))
                wait(reads, timeout=0.5)  # a reader that does not wait has read by then

        opener = desk_opener(profile, lambda: Secret(exchange.keys["trader"]))
        desk = BackgroundDesk(opener, [follow], first)
        with desk.running():
            while not desk.has_read(30):
                pass
        assert reads[0].result() is not first


def test_the_connection_is_closed_after_the_last_request_was_given_up() -> None:
    line, profile = SlowToEnd(), a_profile("http://127.0.0.1:9/epex/v2/api")
    desk = BackgroundDesk(desk_opener(profile, lambda: Secret("a-key")), [], DeskView(Link(profile.poll_seconds)))
    with use_transport(lambda _calls: line), desk.running():
        assert line.asked.wait(30)
    assert line.left_at_close == 0
