"""The API key of a desk: its trial, and the key that a run uses."""
