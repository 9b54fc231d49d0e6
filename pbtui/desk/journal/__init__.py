"""The journal: an append-only record of what was requested, sent and read."""
