"""Effects of the API calls on the exchange."""
