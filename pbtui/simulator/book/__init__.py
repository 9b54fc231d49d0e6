"""What is traded: contracts, orders, matching."""
