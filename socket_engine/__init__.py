"""Socket engine: transport of Socket.IO events, built on python-socketio with backpressure and slow-consumer limits.

The only package that depends on the internals of python-socketio and python-engineio. Other layers use `SocketServer`.
A `ConnectionHandler` authenticates connections and handles events. Outgoing events are put into the send queues of
their recipients at once and in order, without a task for each recipient.
"""

from socket_engine.engine_server import SocketLimits
from socket_engine.socket_server import SocketServer

__all__ = ["SocketLimits", "SocketServer"]
