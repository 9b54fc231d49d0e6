"""Reading of what the terminal sends: bytes become tokens, and tokens become keys."""
