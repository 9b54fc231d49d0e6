"""The commands that show, export and verify the journal of a profile, and those of its team."""
