"""PostgreSQL storage: moderation."""
