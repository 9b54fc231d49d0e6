"""Writes on the screen: commands, previews, conflicts, tickets."""
