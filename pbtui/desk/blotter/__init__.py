"""Own orders: reading them, keeping them, filtering them."""
