"""Networks: the addresses that count as one, and what each network may hold."""

import pytest

from runtime.addresses import NetworkCounter, client_network, networks


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("192.0.2.7", ("192.0.2.7",)),
        ("2001:db8:1:2345:6::7", ("2001:db8:1:2345::/64", "2001:db8:1:2300::/56", "2001:db8:1::/48")),
        ("2001:0DB8::1", ("2001:db8::/64", "2001:db8::/56", "2001:db8::/48")),
        ("unix", ("unix",)),
        ("", ("",)),
    ],
)
def test_networks_of_an_address(address, found):
    assert networks(address) == found
    assert client_network(address) == found[0]


def test_tally_counts_for_each_network_and_forgets_what_is_gone():
    tally = NetworkCounter(2)
    wide = [f"2001:db8:0:{number:x}::1" for number in range(0, 0x1000, 0x40)]  # four of each /56
    held = []
    for address in wide:
        while tally.has_capacity(address):
            tally.add(address)
            held.append(address)
    assert len(held) == 2 * 16  # the /48, before each /64 had its two
    assert tally.has_capacity("192.0.2.1", 2)
    assert not tally.has_capacity("192.0.2.1", 3)
    for address in held:
        tally.remove(address)
    assert len(tally) == 0


def test_tally_of_a_56_is_four_times_that_of_a_64():
    tally = NetworkCounter(3)
    held = 0
    for number in range(256):
        address = f"2001:db8:0:{number:x}::1"
        while tally.has_capacity(address):
            tally.add(address)
            held += 1
    assert held == 12
    assert tally.count("2001:db8::1") == 3
