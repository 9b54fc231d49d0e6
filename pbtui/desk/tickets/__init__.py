"""Writes: from the trader's request to the result that a read has confirmed."""
