"""How bytes move: python-socketio's server, guarded.

The one place that knows the insides of python-socketio and python-engineio. What is above sees a
`SocketServer`: connections come in through a gate, events through one function, and everything that
goes out is put into the recipients' queues at once, in order, without a task for each of them.
"""

from socket_engine.engine_server import SocketLimits
from socket_engine.socket_server import SocketServer

__all__ = ["SocketLimits", "SocketServer"]
