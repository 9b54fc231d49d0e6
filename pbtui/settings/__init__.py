"""The configuration: profiles, and the source of the API key."""
