"""Reads a recorded file with h5py, also while it grows. Prints which events are incomplete and
their TACK times, and draws the camera's mean image.

Record a file beside a simulator (`ssdaq sim`) and a daemon (`ssdaq daemon`), and read it:

    ssdaq record run.h5
    ssdaq geometry --json > geometry.json
    python3 examples/read_file.py run.h5 geometry.json [--follow]

With --follow the program waits for new events until Ctrl-C, and then draws the image.
It needs h5py and NumPy (Debian: python3-h5py python3-numpy).
"""

import json
import sys
import time

import h5py
import numpy as np

BLOCK_ROWS = 1000  # 9 MB: the file of a night may be larger than the memory
COMPLETE = 1  # bit of the column `flags`: every expected module is in the event
SHADES = ".:-=+*#%@"  # dark to bright


def blocks(table, follow):
    """The rows of the table in blocks, from the first to the last; then new rows as they come."""
    done = 0
    while True:
        table.refresh()  # another program may have added rows
        rows = table[done : done + BLOCK_ROWS]
        done += len(rows)
        if len(rows) > 0:
            yield rows
        elif follow:
            time.sleep(0.2)
        else:
            return


def show_incomplete(rows):
    for row in rows[rows["flags"] & COMPLETE == 0]:
        absent = [slot for slot in range(32) if not row["mask"] >> slot & 1]
        print(f"event {row['iro']} of run {row['run']} at TACK {row['time']} ns: absent {absent}",
              flush=True)


def show_image(millivolts, pixels):
    """Draws 2048 voltages at the places of the pixels. A pixel without a voltage (NaN) stays empty."""
    low, high = np.nanmin(millivolts), np.nanmax(millivolts)
    levels = (millivolts - low) / max(high - low, 1e-9) * (len(SHADES) - 1)
    image = np.full((48, 48), "  ")
    for pixel in pixels:
        level = levels[pixel["pixel"]]
        if not np.isnan(level):
            image[pixel["cameraRow"], pixel["cameraColumn"]] = 2 * SHADES[round(level)]
    print("\n".join("".join(row).rstrip() for row in image))
    print(f"mean image: {low:.2f} mV is {SHADES[0]}, {high:.2f} mV is {SHADES[-1]}")


path, geometry, *options = sys.argv[1:]
with open(geometry) as file:
    pixels = json.load(file)["pixels"]

events, times = 0, []
total, readouts = np.zeros((32, 64)), np.zeros((32, 64))  # by slot and raw line
with h5py.File(path, "r", libver="latest", swmr=True) as file:
    table = file["/SlowSignal/readout"]
    print(f"recorded on {table.attrs['host']} from {table.attrs['endpoints']}", flush=True)
    try:
        for rows in blocks(table, follow="--follow" in options):
            show_incomplete(rows)
            events += len(rows)
            times = [*times[:1], rows["time"][0], rows["time"][-1]]
            total += np.nansum(rows["data"], axis=0, dtype=float)
            readouts += np.count_nonzero(~np.isnan(rows["data"]), axis=0)
    except KeyboardInterrupt:
        pass

if events == 0:
    sys.exit("there is no event in the file yet")
print(f"{events} events, TACK {times[0]} to {times[-1]} ns")
with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: a module that was always absent
    show_image((total / readouts).ravel(), pixels)
