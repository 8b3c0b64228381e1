"""Tests of attacks, authorisation, bad input and bounds."""
