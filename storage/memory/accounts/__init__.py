"""In-memory storage: accounts."""
