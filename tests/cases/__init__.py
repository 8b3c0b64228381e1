"""Rows of test matrices: authorisation and bad input of each area, and the writes of the storage."""
