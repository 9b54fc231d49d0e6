"""Help: the keys by task, the filter language, and the actions for the palette."""
