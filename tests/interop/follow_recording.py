"""Follows a file that is being recorded, with h5py and swmr=True.

    follow_recording.py FILE.h5 CAPTURE ROWS

Prints the number of rows when it has changed. Ends when there are ROWS of them, having compared
all with the capture, which may be written meanwhile.
"""

import os
import sys
import time

import h5py
import numpy as np

from module_packets import read_capture

TIMEOUT_S = 60

path, capture, last = sys.argv[1:]
with h5py.File(path, "r", libver="latest", swmr=True) as file:
    table = file["/SlowSignal/readout"]
    deadline = time.monotonic() + TIMEOUT_S
    known = -1
    while known < int(last):
        assert time.monotonic() < deadline, f"{known} of {last} rows came in {TIMEOUT_S} s"
        time.sleep(0.005)
        table.refresh()
        if len(table) == known:
            continue
        assert len(table) > known, (len(table), known)
        known = len(table)
        numbers = table[:]["iro"].tolist()
        assert numbers == list(range(1, known + 1)), numbers
        print(known, flush=True)
    rows = table[:]

while not os.path.exists(capture):
    assert time.monotonic() < deadline, f"no {capture}"
    time.sleep(0.005)
moments = read_capture(capture)
assert rows["time"].tolist() == [moment.timestamp for moment in moments]
exact = np.array([moment.millivolts for moment in moments])
np.testing.assert_array_equal(rows["data"], exact.astype(np.float32))
