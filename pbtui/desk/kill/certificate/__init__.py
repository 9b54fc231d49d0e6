"""Certificate of a kill: what became of each order, and its MW added up."""
