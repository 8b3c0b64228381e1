"""The contract of a storage: admin."""
