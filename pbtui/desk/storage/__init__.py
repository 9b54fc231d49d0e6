"""Where pbtui keeps things, and how it writes them."""
