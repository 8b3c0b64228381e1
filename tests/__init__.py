"""Tests, a package for each kind; `support` holds what they share."""
