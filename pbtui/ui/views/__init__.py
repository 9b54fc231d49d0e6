"""Saved views: how the tables are arranged, kept under names in the state of a profile."""
