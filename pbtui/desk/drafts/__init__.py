"""An order or a change before it is sent."""
