"""The exchange as an HTTP server."""
