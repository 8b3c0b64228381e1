"""Storage contract: rooms."""
