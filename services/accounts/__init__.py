"""Accounts: registration, sign-in, sessions, second factor, password reset, export, deletion."""
