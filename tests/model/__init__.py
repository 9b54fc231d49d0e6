"""A model of the halt and the registration of sends: see README.md."""
