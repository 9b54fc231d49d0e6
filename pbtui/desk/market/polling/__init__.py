"""The reads beyond orders: which are made when, page by page, and what they bring."""
