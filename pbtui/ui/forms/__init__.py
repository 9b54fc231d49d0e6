"""The forms for an order."""
