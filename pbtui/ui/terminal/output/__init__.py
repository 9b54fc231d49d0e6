"""Output to the terminal: cells, the differences between two pictures, flow control, and the writer."""
