"""Storage contract: accounts."""
