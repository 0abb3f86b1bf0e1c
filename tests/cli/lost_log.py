"""Runs a command whose log meets trouble: lost_log.py OUT HOW COMMAND ARG...

OUT is the file for its stdout, or - for where its log goes. HOW is `terminal`, or `pipe` for a pipe
that is full from the start. What is read of the log goes to stdout. Words on stdin, one a line:

    close   the terminal is closed, or the pipe
    stop    Ctrl-S: the terminal takes nothing any more
    go      Ctrl-Q, or the pipe is read from now on
    term    the command is sent SIGTERM
    kill    and SIGKILL, as it is when stdin ends

Ends as the command ends; by a signal: with 128 and its number.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

out, how = sys.argv[1:3]


def run():
    if out != "-":
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.execvp(sys.argv[3], sys.argv[3:])


def fill(pipe):
    os.set_blocking(pipe, False)
    try:
        while True:
            os.write(pipe, b"\n" * 4096)
    except BlockingIOError:
        os.set_blocking(pipe, True)


if how == "terminal":
    pid, log = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        run()
    reading = [log]
else:
    log, pipe = os.pipe()
    fill(pipe)
    pid = os.fork()
    if pid == 0:
        os.dup2(pipe, 2)
        os.close(log)
        run()
    os.close(pipe)
    reading = []

def do(word):
    global reading
    if word == "close":
        reading = []
        os.close(log)
    elif word == "stop":
        os.write(log, b"\x13")
    elif word == "go":
        if how == "terminal":
            os.write(log, b"\x11")
        reading = [log]
    else:
        os.kill(pid, {"term": signal.SIGTERM, "kill": signal.SIGKILL}[word])


ended, wake = os.pipe()
os.set_blocking(wake, False)
signal.set_wakeup_fd(wake)
signal.signal(signal.SIGCHLD, lambda *_: None)
words = [0]
while True:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        break
    for source in select.select(reading + words + [ended], [], [])[0]:
        if source == ended:
            os.read(ended, 64)
        elif source == 0:
            typed = os.read(0, 1024).decode()
            for word in typed.split() if typed else ["kill"]:
                do(word)
            words = [0] if typed else []
        else:
            try:
                data = os.read(source, 65536)
            except OSError:  # Linux says so when the command has closed its terminal.
                data = b""
            if data:
                os.write(1, data)
            else:
                reading = []

code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
