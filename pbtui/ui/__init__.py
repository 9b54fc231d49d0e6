"""The desk in a terminal: draws what the desk publishes, asks the desk for what the user wants."""
