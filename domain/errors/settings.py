"""Errors of settings: the server does not start."""


class SettingsError(Exception):
    """A setting is unknown or invalid. The message is one line that names it."""
