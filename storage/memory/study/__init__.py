"""In-memory storage: study."""
