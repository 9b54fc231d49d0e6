"""Verdicts on a new order, a change or a withdrawal: pure functions, one module each."""
