"""Files of wanted orders: their format, and the difference between what is wanted and what stands."""
