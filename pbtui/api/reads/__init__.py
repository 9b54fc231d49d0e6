"""The reads beyond orders: trades, the market's status, notifications, delivery areas, the rights of the key."""
