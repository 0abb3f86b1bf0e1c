"""What is expected of events, from the packets alone: a decoder of the modules' packets.

A capture is a file with a JSON object a line: the address a packet was sent from, and its bytes
in hexadecimal digits. The modules' moments are more than 50 ms apart, and the readouts of one
moment are closer together.
"""

import ipaddress
import json

import numpy as np

SLOTS, LINES = 32, 64
APART_NS = 50_000_000


class Moment:
    """The readouts of one moment, by slot; what the event made of them has to hold."""

    def __init__(self):
        self.times = {}
        self.lines = {}

    @property
    def mask(self):
        return sum(1 << slot for slot in self.times)

    @property
    def complete(self):
        return len(self.times) == SLOTS

    @property
    def timestamp(self):
        return min(t_prim for t_prim, _ in self.times.values())

    @property
    def spread(self):
        return max(t_prim for t_prim, _ in self.times.values()) - self.timestamp

    @property
    def millivolts(self):
        """f64[32][64], NaN where a module is absent."""
        matrix = np.full((SLOTS, LINES), np.nan)
        for slot, millivolts in self.lines.items():
            matrix[slot] = millivolts
        return matrix

    @property
    def all_times(self):
        """The pair (t_prim, t_aux) of every slot, as Python integers, 0 where absent."""
        return [self.times.get(slot, (0, 0)) for slot in range(SLOTS)]


def read_capture(path, order="big"):
    """The moments in a capture, in order of TACK."""
    readouts = []
    for line in open(path):
        packet = json.loads(line)
        slot = int(ipaddress.IPv4Address(packet["from"]).packed[3]) % 100 - 1
        assert 0 <= slot < SLOTS, packet["from"]
        for readout in decode(bytes.fromhex(packet["bytes"]), order):
            readouts.append((slot, *readout))
    readouts.sort(key=lambda readout: readout[1])
    moments = []
    newest = None
    for slot, t_prim, t_aux, millivolts in readouts:
        if newest is None or t_prim - newest > APART_NS:
            moments.append(Moment())
        newest = t_prim
        assert slot not in moments[-1].times, f"slot {slot} twice at {t_prim}"
        moments[-1].times[slot] = (t_prim, t_aux)
        moments[-1].lines[slot] = millivolts
    return moments


def assert_not_float64(moments):
    """Times that float64 holds would let a reader pass that rounds them."""
    assert all(int(float(moment.timestamp)) != moment.timestamp for moment in moments)


def decode(packet, order):
    """(t_prim, t_aux, 64 voltages) of each readout in a packet."""
    assert len(packet) > 0 and len(packet) % 144 == 0, len(packet)
    for at in range(0, len(packet), 144):
        readout = packet[at : at + 144]
        words = readout[8:72] + readout[80:144]
        counts = [
            signed_back(int.from_bytes(words[i : i + 2], order)) for i in range(0, 128, 2)
        ]
        yield (
            int.from_bytes(readout[0:8], order),
            int.from_bytes(readout[72:80], order),
            np.array(counts) * 0.03815 * 2.0,
        )


def signed_back(word):
    return word + 0x8000 if word < 0x8000 else word & 0x7FFF
