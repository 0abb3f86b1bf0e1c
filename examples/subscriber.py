"""A subscriber in Python: it hears the events of a daemon by ZeroMQ and decodes them.

Start it beside a simulator (`ssdaq sim`) and a daemon (`ssdaq daemon`). Ctrl-C ends it:

    python3 examples/subscriber.py [ENDPOINT]

The default of ENDPOINT is tcp://127.0.0.101:5555. A daemon publishes events there, or
readouts if it is configured so (`ssdaq daemon -p 5555=readout`): this program decodes both.
It needs pyzmq and NumPy (Debian: python3-zmq python3-numpy).
"""

import sys

import numpy as np
import zmq

FLAGS = {1: "complete", 2: "deadline", 4: "evicted", 8: "reset"}


def layout(size, trailer_at, fields):
    """A message of `size` bytes, little-endian. Each field has a name, an offset and a type."""
    trailer = {
        "magic": (trailer_at, "S4"),
        "mask": (trailer_at + 4, "<u4"),  # bit s: slot s is in the event
        "receive_s": (trailer_at + 8, "<u8"),  # Unix time (UTC) of the first packet
        "receive_ns": (trailer_at + 16, "<u4"),  # and nanoseconds after that second
        "flags": (trailer_at + 20, "<u4"),
        "spread_ns": (trailer_at + 24, "<u4"),  # largest minus smallest TACK time
        "epoch": (trailer_at + 28, "<u4"),  # random number of this start of the daemon
    }
    names = [*fields, *trailer]
    offsets, formats = zip(*fields.values(), *trailer.values())
    return np.dtype({"names": names, "offsets": offsets, "formats": formats, "itemsize": size})


EVENT = layout(16952, 16920, {
    "number": (0, "<u8"),
    "run": (8, "<u8"),
    "tack_ns": (16, "<u8"),  # smallest TACK time
    "millivolts": (24, ("<f8", (32, 64))),  # by slot and raw line, NaN where a module is absent
    "times_ns": (16408, ("<u8", (32, 2))),  # TACK time and auxiliary stamp by slot, 0 where absent
})
READOUT = layout(16448, 16416, {
    "number": (0, "<u8"),
    "tack_ns": (8, "<u8"),
    "millivolts": (32, ("<f8", (32, 64))),
})
LAYOUTS = {EVENT.itemsize: EVENT, READOUT.itemsize: READOUT}


def decode(frame):
    """The message as a NumPy record; None when it is neither an event nor a readout."""
    dtype = LAYOUTS.get(len(frame))
    message = None if dtype is None else np.frombuffer(frame, dtype)[0]
    return None if message is None or message["magic"] != b"SSD1" else message


def show(message):
    """Prints an event: put your own analysis here."""
    slots = [slot for slot in range(32) if message["mask"] >> slot & 1]
    flags = [word for bit, word in FLAGS.items() if message["flags"] & bit]
    print(f"event {message['number']} at TACK {message['tack_ns']} ns "
          f"(spread {message['spread_ns']} ns): {', '.join(flags)}, {len(slots)} modules, "
          f"mean {np.nanmean(message['millivolts']):.2f} mV, "
          f"received {message['receive_s']}.{message['receive_ns']:09} s, epoch {message['epoch']}")
    if message.dtype == EVENT:  # a readout has neither the run nor the times of each module
        last = max(slots, key=lambda slot: message["times_ns"][slot, 0])
        tack_ns, auxiliary_ns = message["times_ns"][last]
        print(f"  run {message['run']}, last slot {last}: TACK {tack_ns}, stamp {auxiliary_ns} ns")


endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.101:5555"
heard = refused = 0
with zmq.Context() as context, context.socket(zmq.SUB) as socket:
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    try:
        while True:
            message = decode(socket.recv())
            heard, refused = heard + (message is not None), refused + (message is None)
            if message is not None:
                show(message)
    except KeyboardInterrupt:
        print(f"heard {heard}, refused {refused}")
