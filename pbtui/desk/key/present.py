"""The API key that every request of this run has: the right to trade, and its replacement by another key."""

from collections.abc import Callable, Coroutine
from typing import Any

from pbtui.api.client import OrdersClient
from pbtui.desk.blotter.feed import Feed
from pbtui.desk.exchange_reads import ExchangeReads
from pbtui.desk.key.trial import rights_of
from pbtui.desk.tickets.executor import TicketExecutor
from pbtui.settings.key_text import CredentialsError, KeyText, Secret, check_text
from pbtui.settings.profiles import Profile

ReplaceKey = Callable[[Secret], Coroutine[Any, Any, str]]
"""Tries a key and uses it; returns why it is not used, empty if it is."""


class PresentKey:
    """The key of one desk. `publish` is called when the server has said what it may do."""

    def __init__(
        self,
        client: OrdersClient,
        profile: Profile,
        feed: Feed,
        exchange: ExchangeReads,
        executor: TicketExecutor,
        publish: Callable[[], None],
        replace_key: ReplaceKey | None,
    ) -> None:
        self._client = client
        self._profile = profile
        self._feed = feed
        self._exchange = exchange
        self._executor = executor
        self._publish = publish
        self._replace_key = replace_key

    @property
    def may_not_trade(self) -> bool:
        """Return whether the server has refused a write for it, or says that it has no right to trade."""
        return self._executor.key_may_not_trade or self._exchange.key_may_not_trade

    async def replace(self, text: KeyText) -> str:
        """Try another API key; if the server accepts it, every request of this run has it from now on, the kill's too.

        Returns why it is not used; empty if it is.
        """
        if self._replace_key is None:
            return "this desk can't change its key"
        try:
            check_text(text, self._profile, "The API key", "Type the key alone.")
        except CredentialsError as error:
            return str(error)
        reason = await self._replace_key(text.key)
        if not reason:
            self._executor.key_may_not_trade = False
            self._feed.nudge()
            self._exchange.key_changed()
        return reason

    async def may_trade(self) -> bool:
        """Ask the server whether the API key may trade, and return it; True if the server does not say it."""
        rights = await rights_of(self._client)
        if rights is not None and rights.can_trade is not None:
            self._executor.key_may_not_trade = not rights.can_trade
            self._exchange.take_key(rights)
            self._publish()
        return not self._executor.key_may_not_trade
