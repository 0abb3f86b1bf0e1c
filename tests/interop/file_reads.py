"""Reads a file with h5py and PyTables and compares every field with what was written.

    file_reads.py FILE.h5 EXPECTED.json MILLIVOLTS.f64 COMPRESSION

EXPECTED.json holds the other columns, u64 as decimal strings; MILLIVOLTS.f64 the voltages as f64.
"""

import json
import sys

import h5py
import numpy as np
import tables

path, expected_path, millivolts_path, compression = sys.argv[1:]
expected = json.load(open(expected_path))
rows = len(expected["rows"])
millivolts = np.fromfile(millivolts_path, "<f8").reshape(rows, 32, 64).astype("<f4")
DTYPE = np.dtype(
    [
        ("iro", "<u8"),
        ("time", "<u8"),
        ("cpu_t", "<f8"),
        ("cpu_t_s", "<u8"),
        ("cpu_t_ns", "<u8"),
        ("data", "<f4", (32, 64)),
        ("run", "<u8"),
        ("mask", "<u4"),
        ("flags", "<u4"),
        ("tm_time", "<u8", (32, 2)),
        ("epoch", "<u4"),
    ]
)


def column(name):
    values = [row[name] for row in expected["rows"]]
    return np.array([[int(v) for v in np.ravel(value)] for value in values], dtype=object)


def check(table):
    assert table.dtype == DTYPE, table.dtype
    assert len(table) == rows, len(table)
    for name in ["iro", "time", "cpu_t_s", "cpu_t_ns", "run", "mask", "flags", "tm_time", "epoch"]:
        read = table[name].reshape(rows, -1).astype(object)
        assert (read == column(name)).all(), name
    seconds = table["cpu_t_s"].astype("f8") + table["cpu_t_ns"] * 1e-9
    np.testing.assert_allclose(table["cpu_t"], seconds, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(table["data"], millivolts)
    assert np.isnan(table["data"]).any()


with h5py.File(path, "r") as file:
    table = file["/SlowSignal/readout"]
    check(table[:])
    assert table.maxshape == (None,)
    if compression == "none":
        assert table.compression is None and not table.shuffle and not table.fletcher32
    else:
        assert table.compression == "gzip" and table.shuffle and table.fletcher32
        assert table.compression_opts == int(compression.removeprefix("gzip:"))
    assert table.attrs["ss_data_version"] == 0
    assert table.attrs["ssl2asic_ch"].dtype == np.uint64
    for name, text in expected["provenance"].items():
        assert table.attrs[name] == text, name

with tables.open_file(path, "r") as file:
    assert file.title == "CHEC-S Slow signal monitor data"
    assert file.root.SlowSignal._v_title == "Slow signal data"
    table = file.root.SlowSignal.readout
    assert isinstance(table, tables.Table)
    assert table.title == "Slow signal readout"
    assert table.nrows == rows
    check(table.read())
    # One by one and by condition, as analyses do.
    assert [int(row["iro"]) for row in table] == [int(n) for n in column("iro")[:, 0]]
    assert len(table.read_where("mask > 0")) == sum(int(m) > 0 for m in column("mask")[:, 0])
    assert table.attrs.ss_data_version == 0
    assert list(table.attrs.ssl2asic_ch[:4]) == [29, 23, 21, 22]
    for name, text in expected["provenance"].items():
        assert table.attrs[name] == text, name

# PyTables can go on with the file.
with tables.open_file(path, "a") as file:
    table = file.root.SlowSignal.readout
    row = table.row
    row["iro"] = 4711
    row.append()
with tables.open_file(path, "r") as file:
    table = file.root.SlowSignal.readout
    assert table.nrows == rows + 1 and table[-1]["iro"] == 4711
