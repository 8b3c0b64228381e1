"""Building blocks that are independent of rooms and accounts: cache, JSON, logs, mail, limits, addresses."""
