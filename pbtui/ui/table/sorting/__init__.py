"""The sequence of the rows of a table: sorted by a column, narrowed by a filter, grouped."""
