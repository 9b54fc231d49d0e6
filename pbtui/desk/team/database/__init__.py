"""The database of the team: its hosts and its password, connections to it, and the queries and notices on them."""
