"""Errors that clients receive, by area.

Services and storages raise them; `handlers/middleware.py` turns them into problem+json and
`socket_events/dispatcher.py` into acks. `code` is part of the wire contract (docs/protocol.md) and
never changes; the sentence may.
"""
