"""Decoding of lists from the server: element by element, and where an element is odd, field by field."""
