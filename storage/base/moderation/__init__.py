"""Storage contract: moderation."""
