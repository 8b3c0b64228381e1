"""Between services and socket_engine: server events, published to rooms, users and connections."""
