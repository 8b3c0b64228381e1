"""PostgreSQL storage: accounts."""
