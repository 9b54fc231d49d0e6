"""The commands for the store that the desks of a team share."""
