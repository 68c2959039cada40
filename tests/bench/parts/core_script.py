"""The script to compare with: it calls, decodes and writes files, without queue, ledger and memory budget.

python tests/bench/parts/core_script.py 200 https://127.0.0.1:1234/v1 FOLDER
"""

import asyncio
import base64
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from openai import AsyncOpenAI

from tests.bench.parts.meters import Meters


async def draw(client: AsyncOpenAI, number: int, folder: Path) -> int:
    answer = await client.images.generate(
        model="imagen-4-0",
        prompt=f"a red fox in snow, {number}",
        n=4,
        extra_body={"output_format": "jpeg", "aspect_ratio": "1:1"},
    )
    for index, picture in enumerate(answer.data or ()):
        (folder / f"{number}-{index}.jpg").write_bytes(base64.b64decode(picture.b64_json or ""))
    return len(answer.data or ()) == 4


async def main(jobs: int, url: str, folder: Path) -> None:
    async with AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0) as client:
        async with Meters() as meters:
            done = await asyncio.gather(*(draw(client, number, folder) for number in range(jobs)))
        assert sum(done) == jobs
        print(meters.usage().text())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
