"""Rows of the matrices of authorisation and bad input for every route and event, in one file for each area."""
