"""Subscriptions in this process, also if several processes share the events."""

import asyncio

import socketio
from socketio.async_pubsub_manager import AsyncPubSubManager

from domain.connections import Connection
from socket_engine.hub import Hub
from socket_engine.send_queue import FlushScheduler, SendQueue, SendQueueLimits
from tests.support.raw_sockets import until


class Client:
    """A session that keeps what is put into its outbox."""

    def __init__(self, sid):
        self.sid = sid
        self.send_queue = SendQueue(FlushScheduler(), SendQueueLimits(1000, 10), lambda: None)

    @property
    def heard(self):
        return self.send_queue.take_payloads()


def entered(manager, name, *rooms):
    client, connection = Client(f"session of {name}"), Connection(name, "/chat")
    manager.add(connection, client)
    for room in rooms:
        manager.basic_enter_room(name, "/chat", room)
    return client


async def test_an_event_reaches_those_in_the_room_but_who_is_skipped():
    manager = Hub()
    ada, bob, cyd = (entered(manager, name, room) for name, room in (("a", "room:1"), ("b", "room:1"), ("c", "room:2")))

    await manager.emit("news", {"n": 1}, "/chat", room="room:1", skip_sid="b")

    assert [client.heard for client in (ada, bob, cyd)] == [[b'42/chat,["news",{"n":1}]'], [], []]


async def test_nothing_is_kept_of_who_is_gone():
    manager = Hub()
    entered(manager, "a", "room:1", "room:2", "room:1")

    manager.basic_leave_room("a", "/chat", "room:2")
    manager.basic_leave_room("a", "/chat", "room:2")
    manager.basic_disconnect("a", "/chat")
    manager.basic_enter_room("a", "/chat", "room:3")
    manager.basic_leave_room("a", "/chat", "room:1")
    manager.basic_disconnect("a", "/chat")

    assert (manager.connections, manager.subscribers, manager._rooms_of) == ({}, {"/chat": {}}, {})


async def test_a_room_that_is_emptied_is_heard_by_nobody():
    manager = Hub()
    ada = entered(manager, "a", "room:1", "room:2")

    await manager.close_room("room:1", "/chat")
    await manager.emit("news", None, "/chat", room="room:1")
    await manager.emit("news", ("more", 2), "/chat", room="room:2")

    assert ada.heard == [b'42/chat,["news","more",2]']
    assert list(manager.get_participants("/chat", "room:2")) == [("a", "session of a")]


class Wire(AsyncPubSubManager, Hub):
    """A manager as one for Redis will be: python-socketio's for several processes, with our way to each client."""

    def __init__(self, wire):
        super().__init__()
        self._wire = wire
        self._queue = asyncio.Queue()
        wire.append(self._queue)

    async def _publish(self, data):
        for queue in self._wire:
            queue.put_nowait(data)

    async def _listen(self):
        while True:
            yield await self._queue.get()


async def test_an_event_from_another_process_takes_the_same_way():
    wire = []
    here, there = (socketio.AsyncServer(client_manager=Wire(wire)) for _ in range(2))
    clients = []
    for server, name in ((here, "a"), (there, "b")):
        server.manager.set_server(server)
        server.manager.initialize()
        clients.append(entered(server.manager, name, "room:1"))

    await here.emit("news", {"n": 1}, room="room:1", namespace="/chat")
    await until(lambda: all(client.send_queue._queue for client in clients))

    assert [client.heard for client in clients] == [[b'42/chat,["news",{"n":1}]']] * 2
    for server in (here, there):
        server.manager.thread.cancel()
