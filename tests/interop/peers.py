"""Subscribers with pyzmq that are many, or do not stay.

    peers.py hear ENDPOINT SUBSCRIBERS EVENTS
        each hears the events 1 to EVENTS, and nothing else
    peers.py come-and-go ENDPOINT TIMES
        half of them go as soon as they have come, the others after a moment
"""

import struct
import sys
import time

import zmq

TIMEOUT_S = 60
AT_ONCE = 20

context = zmq.Context.instance()
context.setsockopt(zmq.MAX_SOCKETS, 4096)


def subscribe(endpoint):
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    return socket


def hear(endpoint, subscribers, events):
    poller = zmq.Poller()
    heard = {subscribe(endpoint): 0 for _ in range(subscribers)}
    for socket in heard:
        poller.register(socket, zmq.POLLIN)
    deadline = time.monotonic() + TIMEOUT_S
    while min(heard.values()) < events:
        assert time.monotonic() < deadline, sorted(heard.values())
        for socket, _ in poller.poll(1000):
            [frame] = socket.recv_multipart()
            (number,) = struct.unpack_from("<Q", frame)
            heard[socket] += 1
            assert number == heard[socket], (number, heard[socket])


def come_and_go(endpoint, times):
    for _ in range(0, times, AT_ONCE):
        coming = [subscribe(endpoint) for _ in range(AT_ONCE)]
        for socket in coming[: AT_ONCE // 2]:
            socket.close()
        for socket in coming[AT_ONCE // 2 :]:
            # Having heard of a daemon, it has been heard of.
            assert socket.poll(TIMEOUT_S * 1000), "nothing was published"
            socket.close()


mode, endpoint, *numbers = sys.argv[1:]
{"hear": hear, "come-and-go": come_and_go}[mode](endpoint, *map(int, numbers))
