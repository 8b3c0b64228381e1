"""The contract of a storage: moderation."""
