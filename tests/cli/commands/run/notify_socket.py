"""Runs a command as systemd does a notifying service: notify_socket.py FOLDER COMMAND ARG...

Prints each message that the command sends to its NOTIFY_SOCKET, and ends as the command ends; what
comes on stdin ends the command with SIGTERM.
"""

import os
import select
import signal
import socket
import subprocess
import sys

path = os.path.join(sys.argv[1], "notify")
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(path)
environment = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
process = subprocess.Popen(sys.argv[2:], env=environment, stdin=subprocess.DEVNULL)
sources = [receiver, sys.stdin]
while process.poll() is None:
    for source in select.select(sources, [], [], 0.1)[0]:
        if source is receiver:
            print(receiver.recv(65536).decode().replace("\n", " "), flush=True)
        else:
            sources.remove(sys.stdin)
            process.send_signal(signal.SIGTERM)
sys.exit(process.returncode)
