"""Conformance tests of storage backends, and tests of each backend."""
