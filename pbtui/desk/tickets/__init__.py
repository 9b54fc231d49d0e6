"""A write, from what the trader wants to what reading has shown."""
