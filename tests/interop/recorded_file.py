"""Reads a recorded file with h5py and PyTables and checks every column of every row.

    recorded_file.py FILE.h5 CAPTURE RUN ENDPOINT BEGIN

BEGIN is a Unix time before the first packet was sent.
"""

import socket
import sys
import time

import h5py
import numpy as np
import tables

from module_packets import read_capture

path, capture, run, endpoint, begin = sys.argv[1:]
moments = read_capture(capture)
rows = len(moments)


def check(table):
    assert len(table) == rows, (len(table), rows)
    assert table["iro"].tolist() == list(range(1, rows + 1)), table["iro"]
    assert table["time"].tolist() == [moment.timestamp for moment in moments]
    times = [[list(pair) for pair in moment.all_times] for moment in moments]
    assert table["tm_time"].tolist() == times
    assert table["run"].tolist() == [int(run)] * rows
    assert table["mask"].tolist() == [moment.mask for moment in moments]
    flags = [1 if moment.complete else 2 for moment in moments]
    assert table["flags"].tolist() == flags, table["flags"]
    assert table["data"].dtype == np.float32
    exact = np.array([moment.millivolts for moment in moments])
    np.testing.assert_array_equal(table["data"], exact.astype(np.float32))
    seconds = table["cpu_t_s"] + table["cpu_t_ns"] * 1e-9
    np.testing.assert_allclose(table["cpu_t"], seconds, rtol=0, atol=1e-6)
    assert (table["cpu_t_ns"] < 1_000_000_000).all()
    assert (seconds >= float(begin) - 1e-3).all() and (seconds <= time.time()).all(), seconds


with h5py.File(path, "r") as file:
    table = file["/SlowSignal/readout"]
    check(table[:])
    assert table.attrs["ss_data_version"] == 0
    assert table.attrs["host"] == socket.gethostname()
    assert table.attrs["endpoints"] == endpoint

with tables.open_file(path, "r") as file:
    table = file.root.SlowSignal.readout
    check(table.read())
    assert table.attrs.ss_data_version == 0
    partial = sum(not moment.complete for moment in moments)
    assert len(table.read_where("flags != 1")) == partial

print(f"{rows} rows, {partial} partial")
