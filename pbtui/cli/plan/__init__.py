"""The commands for files of orders: export, plan, apply."""
