"""Storage contract: admin."""
