"""Conditions of a kill at the server: the quota of order actions, and the algorithms that trade in its scope."""
