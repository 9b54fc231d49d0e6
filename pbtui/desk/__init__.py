"""The trader's work with the exchange: plain asyncio, no terminal."""
