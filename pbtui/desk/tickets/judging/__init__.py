"""What the evidence about a new order, a change or a withdrawal says: pure functions, one module each."""
