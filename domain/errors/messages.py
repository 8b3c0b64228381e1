"""Errors of messages."""

from domain.errors.base import AppError


class MessageNotFound(AppError):
    """There is no such message in this room."""

    status, code = 404, "message_not_found"
