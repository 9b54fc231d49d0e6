"""What the calls of the API do to the exchange."""
