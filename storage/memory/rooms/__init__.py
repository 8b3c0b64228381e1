"""In-memory storage: rooms."""
