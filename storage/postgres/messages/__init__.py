"""PostgreSQL storage: messages."""
