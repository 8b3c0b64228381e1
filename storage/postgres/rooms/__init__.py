"""PostgreSQL storage: rooms."""
