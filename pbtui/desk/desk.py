"""The desk: the one object both faces hold. Plain asyncio; it knows neither a terminal nor a command line."""

from collections.abc import Callable

from pbtui.api.client import OrdersClient
from pbtui.desk.feed import Feed
from pbtui.desk.history import History, history_of
from pbtui.desk.view import DeskView
from pbtui.settings.profiles import Profile


class Desk:
    """One trader's desk at one exchange. `publish` is called with each new view, in the loop that runs the desk."""

    def __init__(self, profile: Profile, client: OrdersClient, publish: Callable[[DeskView], None]) -> None:
        self._client = client
        self._feed = Feed(client, profile, publish)

    @property
    def view(self) -> DeskView:
        """The newest view."""
        return self._feed.view

    async def run(self) -> None:
        """Keep the view up to date until cancelled."""
        await self._feed.run()

    def read_now(self) -> None:
        """Read the orders now instead of at the next poll."""
        self._feed.nudge()

    async def history(self, order_id: str) -> History:
        """Read the history of an order, under all the ids it had. Raises OrdersApiError."""
        reply = await self._client.get_own_order_history(order_id)
        return history_of(order_id, reply.snapshot.orders)
