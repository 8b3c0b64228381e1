"""Read-through cache around a storage backend, invalidated on write."""
