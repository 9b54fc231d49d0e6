"""Tests of what goes to the terminal."""
