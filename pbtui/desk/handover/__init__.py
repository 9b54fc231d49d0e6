"""The hand-over: what whoever takes over a shift has to know, and the record that they did."""
