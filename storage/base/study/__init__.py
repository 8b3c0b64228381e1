"""Storage contract: study."""
