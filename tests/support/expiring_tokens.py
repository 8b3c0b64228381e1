"""Connections whose token expires within a test."""

from datetime import datetime

from tests.support.raw_sockets import RawWebSocket, connect, engine

LONG = 3600.0
"""Lifetime of a token in seconds if a test sets no other."""


async def opened(school, token, *namespaces, kind=RawWebSocket):
    """Open a client in these namespaces, only `/chat` by default."""
    client = await kind.open(school)
    for namespace in namespaces or ("/chat",):
        await client.send(connect(token, namespace) if namespace != "/" else f'40{{"token":"{token}"}}')
        client.heard.append(await client.hears("40" + ("/chat,{" if namespace == "/chat" else "{")))
    return client


def whose(school):
    """Return user, session and expiry of the connection in each namespace."""
    found = [connection for connection, _ in engine(school).manager.connections.values()]
    return {one.namespace: (one.user_id, one.session_id, one.token_expires) for one in found}


def seconds(at):
    """Return a timestamp in seconds of Unix time."""
    return datetime.fromisoformat(at).timestamp()
