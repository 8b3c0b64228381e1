"""Buffer budget: sums of users, addresses, networks and all, and the end of the fullest send queue."""

from runtime.buffered_bytes import BufferBudget, BufferedBytes
from socket_engine.packets import OutgoingPacket
from socket_engine.send_queue import FlushScheduler, SendQueue, SendQueueLimits


def test_sums_are_of_users_addresses_networks_and_all():
    transit = BufferBudget(per_address=100, per_user=60, max_total=250)
    held = [BufferedBytes(transit, f"2001:db8:0:{number:x}::1", f"user {number}") for number in range(4)]
    held[0].set(59)
    assert held[0].has_capacity
    held[0].set(90)
    assert (held[0].has_capacity, held[0].is_far_over, held[1].has_capacity) == (False, False, True)
    held[0].set(121)
    assert held[0].is_far_over
    assert not BufferedBytes(transit, "2001:db8::2", "someone else").has_capacity, "the address is full"
    assert BufferedBytes(transit, "192.0.2.1", "someone else").has_capacity
    held[1].set(130)
    assert not BufferedBytes(transit, "192.0.2.1", "someone else").has_capacity, "all are"
    for one in held:
        one.set(0)
    assert (transit.total, len(transit._addresses), transit._users) == (0, 0, {})


def test_clients_without_an_account_count_as_one_user_of_their_address():
    transit = BufferBudget(per_address=100, per_user=60, max_total=250)
    BufferedBytes(transit, "192.0.2.1").set(70)
    assert not BufferedBytes(transit, "192.0.2.1").has_capacity
    assert BufferedBytes(transit, "192.0.2.1", "ada").has_capacity
    held = BufferedBytes(transit, "192.0.2.2")
    held.set(70)
    held.assign_user("ada")
    assert BufferedBytes(transit, "192.0.2.2").has_capacity
    assert not BufferedBytes(transit, "192.0.2.3", "ada").has_capacity


class Carrier:
    def __init__(self):
        self.size = 0
        self.aborted = False

    def write(self, data):
        self.size += len(data)

    def get_write_buffer_size(self):
        return self.size

    def is_closing(self):
        return self.aborted

    def abort(self):
        self.aborted = True


async def test_fullest_send_queue_is_cut_off_if_far_too_much_waits_for_a_user(complaints):
    transit, turn = BufferBudget(10**9, 100_000, 10**9), FlushScheduler()
    outboxes, carriers = [], [Carrier() for _ in range(4)]
    for number, carrier in enumerate(carriers):
        outbox = SendQueue(turn, SendQueueLimits(10**6, 100), lambda: None, BufferedBytes(transit, "192.0.2.1", "ada"))
        outbox.attach_transport(carrier)
        outbox.put(OutgoingPacket(b"x" * (40_000 + 10_000 * number)))
        outbox.flush()
        outbox.put(OutgoingPacket(b"x"))
        outbox.flush()
        outboxes.append(outbox)
    turn.check_slow_consumers()
    assert [carrier.aborted for carrier in carriers] == [False, False, False, True]
    limits = "[server] bytes_per_user, bytes_per_address, bytes_in_all"
    assert complaints() == [f"disconnecting slow consumer: buffered bytes exceed twice a limit ({limits})"]
    carriers[0].size = 0
    turn.check_slow_consumers()
    assert outboxes[0].buffered.bytes == 0
