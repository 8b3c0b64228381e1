"""Servers, clients, factories and fixtures that tests share."""
