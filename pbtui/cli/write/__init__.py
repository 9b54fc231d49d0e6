"""The commands that write orders: add, modify, activate, deactivate, delete."""
