"""Many edits at once without a platform, over TLS: `python -m tests.bench.edits [JOBS]`.

Each request draws from four photos of 12 megapixels, and every second one has a mask, which the gateway
ignores, so that the photo is put back. The bot reads, checks and shrinks all files. It prints the memory
before and at most, CPU per job, and the longest block of the event loop.
"""

import json
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

from tests.bench.load import MEBIBYTE, print_line
from tests.bench.parts.aims import Aims
from tests.bench.parts.meters import Usage
from tests.bench.parts.processes import end, read_line, start_process

JOBS = 50
PHOTOS = 4
SIZE = (4000, 3000)  # 12 megapixels, as phones take them
OVER_IDLE = 250  # MiB
BLOCK = 50  # ms


def photos(folder: Path) -> list[Path]:
    """Write the photos, about 4 MB each, and a mask."""
    paths = [folder / f"{number}.jpg" for number in range(PHOTOS)]
    for path in paths:
        grain = [Image.effect_noise(SIZE, 24) for _ in range(3)]
        Image.merge("RGB", grain).save(path, "JPEG", quality=80)
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).ellipse((SIZE[0] // 4, SIZE[1] // 4, SIZE[0] // 2, SIZE[1] // 2), fill=255)
    mask.save(folder / "mask.png")
    return [*paths, folder / "mask.png"]


def measure(jobs: int) -> Usage:
    with (
        start_process("gateway_server.py") as gateway,
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as sent,
    ):
        files = [str(path) for path in photos(Path(sent))]
        with start_process("core_ours.py", str(jobs), read_line(gateway), folder, *files) as process:
            return Usage(**json.loads(end(process)))


def run(aims: Aims, jobs: int = JOBS) -> None:
    usage = measure(jobs)
    print_line("edits", jobs, usage)
    aims.check("edits at once, peak over idle", (usage.peak - usage.idle) / MEBIBYTE, OVER_IDLE, "MiB")
    aims.check("edits at once, longest block", 1_000 * usage.block, BLOCK, "ms")


if __name__ == "__main__":
    collected = Aims()
    run(collected, *(int(number) for number in sys.argv[1:]))
    collected.print()
