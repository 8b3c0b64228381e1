"""The contract of a storage: accounts."""
