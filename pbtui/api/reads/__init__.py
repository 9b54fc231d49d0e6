"""The reads beyond orders: trades, the market, contracts, books, positions, limits, algorithms, rights of the key."""
