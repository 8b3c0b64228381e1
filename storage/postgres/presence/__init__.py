"""PostgreSQL storage: presence."""
