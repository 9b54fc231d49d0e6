"""`pbtui kill` and what belongs to it: re-arm, and the account-wide status change."""
