"""The append-only record of what was wanted, sent and read."""
