"""The desk and the kill switch, each on a thread of its own."""
