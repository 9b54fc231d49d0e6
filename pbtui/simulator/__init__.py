"""Simulator of an exchange, served over real HTTP."""
