"""Services against a model, with random operations."""
