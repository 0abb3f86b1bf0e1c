"""Reads a recorded file in the way of the original's reader, SSDataReader, and maps its pixels.

    original_reader.py FILE.h5 CAPTURE

The reader refuses a file without a version of the data, goes through the table row by row, finds
columns by name, and takes the attribute ssl2asic_ch for the raw line at each pixel of a module.
"""

import sys

import numpy as np
import tables

from module_packets import assert_not_float64, read_capture

# fmt: off
RAW_LINE_AT_PIXEL = [
    29, 23, 21, 22, 30, 27, 24, 0, 25, 31, 20, 18, 28, 26, 17, 3,
    2, 16, 10, 12, 19, 4, 15, 9, 1, 8, 11, 14, 6, 7, 5, 13,
    62, 56, 54, 53, 59, 60, 55, 50, 57, 58, 52, 49, 61, 63, 32, 35,
    51, 47, 42, 46, 33, 34, 45, 48, 44, 36, 41, 43, 40, 38, 39, 37,
]
# fmt: on


class Reader:
    def __init__(self, path):
        self.file = tables.open_file(path, "r")
        self.table = self.file.get_node("/SlowSignal/readout")
        if "ss_data_version" not in self.table.attrs:
            raise RuntimeError(f"{path} has no ss_data_version")
        self.version = int(self.table.attrs.ss_data_version)
        self.pixel_map = self.table.attrs.ssl2asic_ch

    def __iter__(self):
        for row in self.table.iterrows():
            image = row["data"][:, self.pixel_map]
            yield int(row["iro"]), int(row["time"]), float(row["cpu_t"]), image


path, capture = sys.argv[1:]
reader = Reader(path)
assert reader.version == 0
assert "SlowSignal" in reader.file.root
moments = read_capture(capture)
assert_not_float64(moments)
read = list(reader)
assert len(read) == len(moments), (len(read), len(moments))
received = 0.0
for number, (moment, (iro, timestamp, cpu_t, image)) in enumerate(zip(moments, read), 1):
    assert iro == number, (iro, number)
    assert timestamp == moment.timestamp, (timestamp, moment.timestamp)
    assert cpu_t >= received, (cpu_t, received)
    received = cpu_t
    mapped = moment.millivolts.astype(np.float32)[:, RAW_LINE_AT_PIXEL]
    np.testing.assert_array_equal(image, mapped)
reader.file.close()
print(f"{len(read)} rows")
