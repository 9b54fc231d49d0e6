"""The commands that need no exchange: demo, drill, simulate."""
