"""PostgreSQL storage: admin."""
