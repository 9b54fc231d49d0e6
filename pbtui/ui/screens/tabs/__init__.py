"""The tabs of the main screen: the line that names them, and what each shows."""
