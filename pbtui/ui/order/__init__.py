"""One order in detail."""
