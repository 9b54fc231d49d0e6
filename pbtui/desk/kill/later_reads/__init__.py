"""Reads of a kill that begin after its verdict: they add to it, and it never waits for them."""
