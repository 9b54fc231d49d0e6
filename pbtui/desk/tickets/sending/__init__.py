"""Requests of writes: to the ids that orders have now, sent once, and what their answers are evidence of."""
