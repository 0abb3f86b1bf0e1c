"""Runs a command in a pseudo-terminal: in_terminal.py COLUMNS COMMAND ARG...

What the terminal shows goes to stdout, what stdin gives is typed. Ends as the command ends.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns = int(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    attributes = termios.tcgetattr(0)
    attributes[3] &= ~termios.ECHO  # What is typed is not shown, so that all is the command's.
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    os.execvp(sys.argv[2], sys.argv[2:])

sources = [terminal, 0]
while terminal in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:  # Linux says so when the command has closed its terminal.
            data = b""
        if not data:
            sources.remove(source)
        elif source == terminal:
            os.write(1, data)
        else:
            os.write(terminal, data)

_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
