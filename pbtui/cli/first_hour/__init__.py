"""The first hour: set-up, a look at the settings, and a look at this host."""
