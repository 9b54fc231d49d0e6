"""Activity without a caller: other participants and other programs of the account."""
