"""In-memory storage: presence."""
