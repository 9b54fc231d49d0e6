"""The commands that read what the exchange says beyond orders: trades, the market, the API key."""
