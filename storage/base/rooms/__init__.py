"""The contract of a storage: rooms."""
