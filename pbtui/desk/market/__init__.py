"""Everything besides orders that the exchange tells: trades, status, notifications, rights of the key."""
