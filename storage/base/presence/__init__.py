"""Storage contract: presence."""
