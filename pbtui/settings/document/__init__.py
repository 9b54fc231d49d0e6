"""The settings file as a text: a new one, and the lines of an existing one."""
