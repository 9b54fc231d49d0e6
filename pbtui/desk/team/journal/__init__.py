"""The journal in the team store: the lines of every desk, brought there from its files, read and verified."""
