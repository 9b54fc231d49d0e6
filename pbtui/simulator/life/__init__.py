"""What happens by itself: other traders, other programs."""
