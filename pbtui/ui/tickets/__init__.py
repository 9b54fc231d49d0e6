"""Tickets on the screen: commands, previews, conflicts, list of tickets."""
