"""The halts of a team: those that a host knows, that of a kill, and the end of one by one person or two."""
