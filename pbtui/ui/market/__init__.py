"""The market: the order book of a contract, the exposure by quarter-hour, and the signs of the status bar."""
