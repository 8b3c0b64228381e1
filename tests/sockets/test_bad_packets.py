"""Invalid events, values, packets and frames: answered, or closed with one line of log."""

import json

import pytest

from tests.support.raw_sockets import (
    BRACKETS,
    DIGITS,
    RawPolling,
    RawWebSocket,
    event,
    left_behind,
    present,
    until,
)


@pytest.mark.parametrize("name", ["connect", "disconnect", "message", "__init__", "", "error", "room-users"])
async def test_events_that_are_not_in_the_table_do_nothing(school, ada, name):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    before = repr(left_behind(school))

    answer = await client.call(name, {"token": ada.token}, ack=7)
    await client.send(event(name, {"token": ada.token}))
    told = await client.hears('42/chat,["error"')

    assert answer["error"]["code"] == "unknown_event"
    assert json.loads(told.removeprefix("42/chat,"))[2]["code"] == "unknown_event"
    assert repr(left_behind(school)) == before
    room = await ada.opens()
    assert (await client.call("join-room", room))["ok"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("NaN", "invalid_json", id="NaN"),
        pytest.param("-Infinity", "invalid_json", id="-Infinity"),
        pytest.param("1e999", "invalid_input", id="1e999"),
        pytest.param(BRACKETS, "invalid_json", id="60,000 brackets"),
        pytest.param(DIGITS, "invalid_input", id="5,000 digits"),
        pytest.param('"\\ud800"', "invalid_input", id="a lone surrogate"),
        pytest.param('"\\u0000"', "invalid_input", id="NUL"),
        pytest.param('"x', "invalid_json", id="no JSON"),
    ],
)
async def test_values_that_cannot_be_passed_on_are_refused_and_nothing_is_relayed(school, ada, complaints, value, code):
    room = await ada.opens()
    client, listener = await RawWebSocket.open(school), await RawWebSocket.open(school)
    for one in (client, listener):
        await one.join(ada.token)
        assert (await one.call("join-room", room))["ok"]
    body = f'["send-message",{{"roomId":"{room}","content":{value}}}]'

    await client.send(f"42/chat,5{body}")
    answer = await client.acked(5)
    await client.send(f"42/chat,{body}")
    told = json.loads((await client.hears('42/chat,["error"')).removeprefix("42/chat,"))

    assert (answer["ok"], answer["error"]["code"], told[2]["code"]) == (False, code, code)
    assert (await client.call("send-message", {"roomId": room, "content": "fine"}))["ok"]
    await listener.hears('42/chat,["message"')
    assert [message["content"] for message in listener.said("message")] == ["fine"]
    assert not [packet for packet in client.heard + listener.heard if "NaN" in packet or "Infinity" in packet]
    assert complaints() == []


async def test_an_unknown_field_with_infinity_is_not_relayed(school, ada):
    room = await ada.opens()
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    await client.call("join-room", room)

    await client.send(f'42/chat,6["send-message",{{"roomId":"{room}","content":"x","more":[1e999,{DIGITS}]}}]')

    assert (await client.acked(6))["ok"]
    assert client.said("message")[0].keys() >= {"content"}
    assert not [packet for packet in client.heard if "Infinity" in packet or "more" in packet]


@pytest.mark.parametrize("ack", [3, ""], ids=["with an ack", "without"])
async def test_a_name_that_cannot_be_written_is_answered_and_so_is_what_follows(school, ada, complaints, ack):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(f'42/chat,{ack}["\\ud800"]', event("nonsense", ack=4))

    assert (await client.acked(4))["error"]["code"] == "unknown_event"
    answers = [packet for packet in client.heard if "invalid_json" in packet]
    assert len(answers) == 1
    assert complaints() == []


BAD_PACKETS = [
    pytest.param('451-["send-message",{"_placeholder":true,"num":0}]', id="a binary event"),
    pytest.param("461-/chat,1[]", id="a binary ack"),
    pytest.param('44/chat,{"message":"no"}', id="a CONNECT_ERROR"),
    pytest.param("47", id="an unknown type"),
    pytest.param("4", id="no type"),
    pytest.param("42/chat,", id="no event"),
    pytest.param('42/chat,{"a":1}', id="an object as an event"),
    pytest.param("42/chat,[]", id="an event without a name"),
    pytest.param('42/chat,abc["join-room"]', id="an ack id that is none"),
    pytest.param('421-["join-room"]', id="an event with attachments"),
    pytest.param('43/chat,["x"]', id="an ack without an id"),
    pytest.param("43/chat,1{}", id="an ack with an object"),
    pytest.param("2probe", id="a ping with a word"),
    pytest.param("3probe", id="a pong with a word"),
    pytest.param("2", id="a ping"),
    pytest.param("4abc", id="a packet that is none"),
    pytest.param("42/chat,[5]", id="a number as a name"),
    pytest.param('42["join-room"]', id="an event where the client is not in"),
    pytest.param("42/chat," + "1" * 200 + '["join-room"]', id="a long ack id"),
    pytest.param('4{"type":2}', id="JSON as a message"),
    pytest.param("4" + "[" * 60_000, id="brackets as a message"),
    pytest.param("2[", id="a ping with JSON"),
    pytest.param("0{}", id="OPEN"),
    pytest.param("6", id="NOOP"),
    pytest.param("8", id="an unknown Engine.IO type"),
    pytest.param("bAAAA", id="base64"),
    pytest.param("", id="nothing at all"),
]


@pytest.mark.parametrize("packet", BAD_PACKETS)
async def test_what_is_no_packet_closes_a_websocket_with_one_line_of_log(school, ada, complaints, packet):
    client = await RawWebSocket.open(school)
    inside = await present(school, ada, client)
    assert inside()

    await client.send(packet)

    assert await client.closed() in (1000, 1008)
    await until(lambda: not left_behind(school))
    assert len(complaints()) == 1


@pytest.mark.parametrize("packet", BAD_PACKETS)
async def test_what_is_no_packet_closes_a_polling_client_with_one_line_of_log(school, ada, complaints, packet):
    client = await RawPolling.open(school)
    inside = await present(school, ada, client)
    assert inside()

    await client.post("\x1e".join([packet, packet, event("nonsense")]) if packet else "")

    assert left_behind(school) == {}
    assert len(complaints()) == 1
    assert (await client.post("3")).status == 400
    assert (await client.poll()).status == 400


async def test_binary_frames_close_a_websocket_with_one_line_of_log(school, ada, complaints):
    client = await RawWebSocket.open(school)
    await present(school, ada, client)

    await client.ws.send_bytes(b"\x04\x02")

    assert await client.closed() == 1008
    await until(lambda: not left_behind(school))
    assert len(complaints()) == 1


@pytest.mark.parametrize(
    ("size", "code"), [pytest.param(999_000, None, id="just below"), pytest.param(1_000_001, 1009, id="above")]
)
async def test_frames_over_the_limit_close_a_websocket_with_one_line_of_log(school, ada, complaints, size, code):
    client = await RawWebSocket.open(school)
    await present(school, ada, client)

    await client.send(event("send-message", "x" * size, ack=9))

    if code is None:
        assert (await client.acked(9))["ok"] is False
        assert complaints() == []
    else:
        assert await client.closed() == code
        await until(lambda: not left_behind(school))
        assert len(complaints()) == 1
