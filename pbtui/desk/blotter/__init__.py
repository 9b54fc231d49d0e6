"""Own orders: reading, storing, filtering."""
