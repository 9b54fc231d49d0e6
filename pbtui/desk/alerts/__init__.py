"""Alerts: what a trader should learn who does not look, each once, and the ways that the rules of the profile give."""
