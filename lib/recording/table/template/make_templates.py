"""Makes the empty files that ssdaq starts each recording from, one for each compression.

HDF5 fixes filters and chunks when a table is created, and the HDF5 library in ssdaq cannot create
a table with array columns; it can extend one. Run with Python, h5py and HDF5 1.10 or later:

    python3 make_templates.py [FOLDER]
"""

import pathlib
import sys

import h5py
import numpy as np

# Why 8: see CHUNK_ROWS in ../columns.ts, which has to agree.
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
        ("epoch", "<u4"),
    ]
)
assert ROW.itemsize == 8764

# Rows of a ledger chunk, half a minute: without filters a chunk is written in place again and again.
LEDGER_CHUNK_ROWS = 32

# As in COUNTERS of lib/ledger/ledger.ts, in that order; a test compares them.
COUNTERS = """
    packets_received packets_accepted packets_malformed packets_unknownSource packets_kernelDropped
    packets_unread
    malformed_empty malformed_oversize malformed_fractional malformed_byteOrder
    readouts_decoded readouts_placed readouts_late readouts_duplicate
    events_built events_complete events_partial events_evicted events_resets
    events_published events_paused events_unsent events_undelivered
    recorder_heard recorder_filled recorder_stored recorder_duplicate
    recorder_unstored recorder_missed recorder_runs
    refused_size refused_magic refused_number
""".split()

LEDGER_ROW = np.dtype(
    [
        ("cpu_t", "<f8"),
        *((counter, "<u8") for counter in COUNTERS),
        ("daemon_run", "<u8"),
        ("start", "<u8"),
        ("daemon_epoch", "<u8"),
        ("recorder_epoch", "<u8"),
    ]
)

# What one write to a file changes or does not, whatever kills the writer.
PAGE_BYTES = 4096

# Raw line at each pixel of a module (TARGET-C slow signal to ASIC channel).
SSL2ASIC_CH = """
    29 23 21 22 30 27 24 0 25 31 20 18 28 26 17 3 2 16 10 12 19 4 15 9 1 8 11 14 6 7 5 13
    62 56 54 53 59 60 55 50 57 58 52 49 61 63 32 35 51 47 42 46 33 34 45 48 44 36 41 43 40 38 39 37
"""


def text(value):
    """Strings as PyTables stores them: of fixed length, ASCII."""
    return np.bytes_(value)


def describe_table(table, title):
    """The attributes by which PyTables knows a table."""
    table.attrs["CLASS"] = text("TABLE")
    table.attrs["VERSION"] = text("2.7")
    table.attrs["TITLE"] = text(title)
    for index, name in enumerate(table.dtype.names):
        table.attrs[f"FIELD_{index}_NAME"] = text(name)


def make_ledger(group):
    """The table of counters, a row a second."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((LEDGER_CHUNK_ROWS,))
    # So many attributes stand in the object header, which has one checksum a block.
    creation.set_attr_phase_change(4 * len(LEDGER_ROW), 0)
    creation.set_obj_track_times(False)
    space = h5py.h5s.create_simple((0,), (h5py.h5s.UNLIMITED,))
    row = h5py.h5t.py_create(LEDGER_ROW, logical=True)
    table = h5py.Dataset(h5py.h5d.create(group.id, b"ledger", row, space, creation))
    describe_table(table, "Counters, a row a second")


def add_totals(path):
    """Attributes for the last values of the counters, which ssdaq sets in place.

    They stand in one block, at the start of a page: one write to one page changes them all.
    """
    with h5py.File(
        path,
        "r+",
        libver=("v110", "v110"),
        alignment_threshold=1,
        alignment_interval=PAGE_BYTES,
    ) as file:
        attributes = file["SlowSignal/ledger"].attrs
        for name in ("closed", *(f"total_{counter}" for counter in COUNTERS)):
            attributes[name] = np.uint64(0)


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
        describe_table(table, "Slow signal readout")
        table.attrs["ss_data_version"] = np.int64(0)
        table.attrs["ssl2asic_ch"] = np.array(SSL2ASIC_CH.split(), dtype=np.uint64)
        make_ledger(group)
    add_totals(path)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    make(folder / "none.h5", None)
    for level in range(1, 10):
        make(folder / f"gzip{level}.h5", level)
