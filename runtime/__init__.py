"""Building blocks without knowledge of rooms or accounts: cache, JSON, logs, mail, limits, addresses."""
