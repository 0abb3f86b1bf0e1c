"""Subscribes to a daemon with pyzmq and checks every field of every message.

    subscriber.py ENDPOINT CAPTURE FORMAT RUN BYTE_ORDER

Ends when there was a message for each moment in the capture.
"""

import struct
import sys
import time

import numpy as np
import zmq

from module_packets import assert_not_float64, read_capture

TIMEOUT_S = 60

endpoint, capture, message_format, run, byte_order = sys.argv[1:]
run = int(run)
# A message carries the time at which the first packet came; nothing is sent before we listen.
begin = time.time()
moments = read_capture(capture, byte_order)
assert_not_float64(moments)


def receive(count):
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    deadline = time.monotonic() + TIMEOUT_S
    messages = []
    while len(messages) < count:
        left_ms = max(0, (deadline - time.monotonic()) * 1000)
        assert socket.poll(left_ms), f"{len(messages)} of {count} messages came in {TIMEOUT_S} s"
        messages.append(socket.recv_multipart())
    return messages


def read_ss_event(frame):
    """As listeners of 2018 do: 16920 bytes at fixed offsets, whatever follows."""
    number, run_number, timestamp = struct.unpack_from("<3Q", frame, 0)
    millivolts = np.frombuffer(frame, "<f8", 2048, 24).reshape(32, 64)
    times = np.frombuffer(frame, "<u8", 64, 16408).reshape(32, 2)
    return number, run_number, timestamp, millivolts, times


def read_ss_readout(frame):
    """As listeners from 2019 on do: 16416 bytes at fixed offsets, whatever follows."""
    iro, timestamp, cpu_t_s, cpu_t_ns = struct.unpack_from("<4Q", frame, 0)
    millivolts = np.frombuffer(frame, "<f8", 2048, 32).reshape(32, 64)
    return iro, timestamp, cpu_t_s, cpu_t_ns, millivolts


def check_original_event(frame, number, moment):
    event_number, run_number, timestamp, millivolts, times = read_ss_event(frame)
    assert event_number == number, (event_number, number)
    assert run_number == run, (run_number, run)
    assert timestamp == moment.timestamp, (timestamp, moment.timestamp)
    np.testing.assert_array_equal(millivolts, moment.millivolts)
    assert [(int(prim), int(aux)) for prim, aux in times] == moment.all_times


def check_original_readout(frame, number, moment):
    iro, timestamp, cpu_t_s, cpu_t_ns, millivolts = read_ss_readout(frame)
    assert iro == number, (iro, number)
    assert timestamp == moment.timestamp, (timestamp, moment.timestamp)
    np.testing.assert_array_equal(millivolts, moment.millivolts)
    assert (cpu_t_s, cpu_t_ns) == struct.unpack_from("<QI", frame, 16416 + 8)


def flags_of(moment, before):
    """1 complete, 2 closed by deadline; 8 after a TACK reset: a jump far ahead is one too."""
    jumped = before is not None and moment.timestamp - before.timestamp > 10_000_000_000
    return (1 if moment.complete else 2) + (8 if jumped else 0)


def check_trailer(frame, moment, before):
    magic, mask, seconds, nanoseconds, flags, spread, epoch = struct.unpack("<4sIQIIII", frame)
    assert magic == b"SSD1", magic
    assert mask == moment.mask, (hex(mask), hex(moment.mask))
    assert nanoseconds < 1_000_000_000, nanoseconds
    received = seconds + nanoseconds * 1e-9
    # float64 holds such a time to about 0.2 us.
    assert begin - 1e-3 <= received <= time.time() + 1e-3, (begin, received, time.time())
    assert flags == flags_of(moment, before), flags
    assert spread == moment.spread, (spread, moment.spread)
    assert epoch > 0, epoch


size, trailer_at, check_original = {
    "event": (16952, 16920, check_original_event),
    "readout": (16448, 16416, check_original_readout),
}[message_format]
before = None
for number, (moment, message) in enumerate(zip(moments, receive(len(moments))), 1):
    [frame] = message
    assert len(frame) == size, len(frame)
    check_original(frame, number, moment)
    check_trailer(frame[trailer_at:], moment, before)
    before = moment
print(f"{len(moments)} messages")
