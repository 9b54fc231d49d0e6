"""Back to trading after a kill: the halt is lifted, and orders are activated again."""
