"""The places where secrets are kept: the API key, the password of the team store."""
