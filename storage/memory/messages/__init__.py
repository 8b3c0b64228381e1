"""In-memory storage: messages."""
