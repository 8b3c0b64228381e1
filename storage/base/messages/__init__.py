"""The contract of a storage: messages."""
