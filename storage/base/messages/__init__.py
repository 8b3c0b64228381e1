"""Storage contract: messages."""
