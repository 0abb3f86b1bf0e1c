"""Compares what was exported for NumPy with the HDF5 file: exported.py FILE.h5 FILE.npz SLOT ..."""

import sys

import h5py
import numpy as np

path, exported = sys.argv[1:3]
slots = [int(slot) for slot in sys.argv[3:]] or list(range(32))

with h5py.File(path, "r") as file:
    table = file["/SlowSignal/readout"][:]
arrays = np.load(exported)

pairs = {
    "event_number": "iro",
    "run": "run",
    "timestamp_ns": "time",
    "receive_s": "cpu_t_s",
    "receive_ns": "cpu_t_ns",
    "mask": "mask",
    "flags": "flags",
    "epoch": "epoch",
}
for name, column in pairs.items():
    assert np.array_equal(arrays[name], table[column]), name
assert arrays["timestamp_ns"].dtype == np.uint64
assert np.array_equal(arrays["modules"], [bin(mask).count("1") for mask in table["mask"]])
assert np.array_equal(arrays["slot"], np.repeat(slots, 64))
assert np.array_equal(arrays["raw_line"], np.tile(np.arange(64), len(slots)))
assert arrays["millivolts"].dtype == np.float32
voltages = table["data"][:, slots].reshape(len(table), -1)
assert np.array_equal(arrays["millivolts"], voltages, equal_nan=True)
assert np.isnan(arrays["millivolts"]).any() == np.isnan(voltages).any()
print(len(table), *arrays["millivolts"].shape, round(float(arrays["x_mm"][0]), 4))
