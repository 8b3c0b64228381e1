"""Tests of storage/lookups.py."""
