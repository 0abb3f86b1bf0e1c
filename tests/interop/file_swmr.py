"""Follows a file that grows: h5py with swmr=True.

    file_swmr.py FILE.h5

Prints the number of rows whenever it changes, having checked that their numbers are 1, 2, 3 and
so on. Ends when standard input does.
"""

import sys
import threading

import h5py
import numpy as np

ended = threading.Event()


def wait_for_end():
    sys.stdin.read()
    ended.set()


threading.Thread(target=wait_for_end, daemon=True).start()
with h5py.File(sys.argv[1], "r", libver="latest", swmr=True) as file:
    table = file["/SlowSignal/readout"]
    assert table.attrs["host"] == "here"
    known = -1
    while not ended.wait(0.005):
        table.refresh()
        rows = len(table)
        if rows == known:
            continue
        known = rows
        read = table[:]
        assert (read["iro"] == np.arange(1, rows + 1)).all(), read["iro"]
        assert rows == 0 or read["data"][-1, 0, 32] == rows + 0.5
        print(rows, flush=True)
