"""What the user configured: profiles and where the API key comes from."""
