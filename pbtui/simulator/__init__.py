"""A practice exchange, served over real HTTP."""
