"""The form for one new order typed as a line."""
