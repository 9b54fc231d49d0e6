"""Data of the exchange besides orders: trades, status, notifications, rights of the key."""
