"""PostgreSQL storage: study."""
