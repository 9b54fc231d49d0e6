"""The store of a team in the simulated world: a PostgreSQL in memory, its faults, and what is checked of it."""
