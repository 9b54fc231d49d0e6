"""What a trader does with the exchange: plain asyncio, no terminal."""
