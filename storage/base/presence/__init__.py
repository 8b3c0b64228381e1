"""The contract of a storage: presence."""
