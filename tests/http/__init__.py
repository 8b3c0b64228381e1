"""Tests of HTTP routes on a whole server."""
