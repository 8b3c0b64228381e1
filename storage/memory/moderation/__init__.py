"""In-memory storage: moderation."""
