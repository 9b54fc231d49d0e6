"""The halts of a team."""
