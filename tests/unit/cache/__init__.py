"""Tests of runtime/cache.py."""
