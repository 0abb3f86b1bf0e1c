"""Makes the empty files that ssdaq starts each recording from, one for each compression.

HDF5 fixes filters and chunks when a table is created, and the HDF5 library in ssdaq cannot create
a table with array columns; it can extend one. Run with Python, h5py and HDF5 1.10 or later:

    python3 make_templates.py [FOLDER]
"""

import pathlib
import sys

import h5py
import numpy as np

# Why 8: see CHUNK_ROWS in ../row.ts, which has to agree.
CHUNK_ROWS = 8

ROW = np.dtype(
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
    ]
)
assert ROW.itemsize == 8760

# Raw line at each pixel of a module (TARGET-C slow signal to ASIC channel).
SSL2ASIC_CH = """
    29 23 21 22 30 27 24 0 25 31 20 18 28 26 17 3 2 16 10 12 19 4 15 9 1 8 11 14 6 7 5 13
    62 56 54 53 59 60 55 50 57 58 52 49 61 63 32 35 51 47 42 46 33 34 45 48 44 36 41 43 40 38 39 37
"""


def text(value):
    """Strings as PyTables stores them: of fixed length, ASCII."""
    return np.bytes_(value)


def make(path, gzip_level, chunk_rows=CHUNK_ROWS):
    filters = {}
    if gzip_level is not None:
        filters = {"shuffle": True, "compression": "gzip", "compression_opts": gzip_level}
        filters["fletcher32"] = True
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file.attrs["TITLE"] = text("CHEC-S Slow signal monitor data")
        file.attrs["CLASS"] = text("GROUP")
        file.attrs["VERSION"] = text("1.0")
        file.attrs["PYTABLES_FORMAT_VERSION"] = text("2.1")

        group = file.create_group("SlowSignal")
        group.attrs["TITLE"] = text("Slow signal data")
        group.attrs["CLASS"] = text("GROUP")
        group.attrs["VERSION"] = text("1.0")

        table = group.create_dataset(
            "readout", (0,), ROW, maxshape=(None,), chunks=(chunk_rows,), **filters
        )
        table.attrs["CLASS"] = text("TABLE")
        table.attrs["VERSION"] = text("2.7")
        table.attrs["TITLE"] = text("Slow signal readout")
        for index, name in enumerate(ROW.names):
            table.attrs[f"FIELD_{index}_NAME"] = text(name)
        table.attrs["ss_data_version"] = np.int64(0)
        table.attrs["ssl2asic_ch"] = np.array(SSL2ASIC_CH.split(), dtype=np.uint64)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    make(folder / "none.h5", None)
    for level in range(1, 10):
        make(folder / f"gzip{level}.h5", level)
