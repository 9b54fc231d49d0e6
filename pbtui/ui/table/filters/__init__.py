"""The filter of a table: what was typed, with what it refers to now, and the help while it is typed."""
