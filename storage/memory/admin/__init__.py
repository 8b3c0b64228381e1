"""In-memory storage: admin."""
