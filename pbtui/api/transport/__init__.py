"""The way to a server: its address and certificate, the connection, and the check right before a request leaves."""
