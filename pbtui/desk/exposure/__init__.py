"""Positions in the contracts of a delivery area, and their sums by quarter-hour. Pure arithmetic."""
