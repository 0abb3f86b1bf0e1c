"""Reads repaired files with h5py and PyTables and checks every row against its event number.

    killed_files.py FILE.h5 ...

Prints a line for each file: its event numbers.
"""

import sys

import h5py
import numpy as np
import tables

SLOT, LINE = np.meshgrid(np.arange(32), np.arange(64), indexing="ij")

for path in sys.argv[1:]:
    with h5py.File(path, "r") as file:
        rows = file["SlowSignal/readout"][:]
        ledger = file["SlowSignal/ledger"][:]
        closed = file["SlowSignal/ledger"].attrs["closed"]
    numbers = rows["iro"]
    exact = numbers[:, None, None] + SLOT + LINE / 64
    exact[:, [5, 31]] = np.nan
    np.testing.assert_array_equal(rows["data"], exact.astype(np.float32))
    assert (rows["run"] == 7).all()
    assert (np.diff(ledger["cpu_t"]) >= 0).all()
    with tables.open_file(path, "r") as file:
        assert (file.root.SlowSignal.readout.col("iro") == numbers).all()
        assert len(file.root.SlowSignal.ledger) == len(ledger)
    if closed:
        assert ledger["recorder_stored"][-1] >= len(rows), (path, ledger[-1], len(rows))
    print(*numbers)
