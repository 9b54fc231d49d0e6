"""The market: contracts, orders, matching."""
