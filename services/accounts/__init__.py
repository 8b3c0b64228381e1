"""Accounts: registration, login, sessions, second factor, password reset, export, deletion."""
