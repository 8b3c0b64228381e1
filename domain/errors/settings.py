"""Errors of settings, which end a start."""


class SettingsError(Exception):
    """A setting is unknown or bad. The message is one line that names it; the start is refused."""
