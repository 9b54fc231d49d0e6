"""The filter language: its grammar, its terms, and the help while a filter is typed."""
