"""Publishes server events to rooms, users and connections; between services and socket_engine."""
