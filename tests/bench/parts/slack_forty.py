"""The bot to beat, in forty lines: acknowledge, ask, decode, upload. No queue, no ledger, no bounds.

python tests/bench/parts/slack_forty.py PLACE URL FOLDER IN_FLIGHT
"""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[3]))

from openai import AsyncOpenAI
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.parts.slack_bot import make_app, serve


async def main(place: str, url: str, _folder: str, _in_flight: str) -> None:
    address = json.loads(place)
    app = make_app(address)
    gateway = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0)

    @app.command("/imagine")
    async def imagine(ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        answer = await gateway.images.generate(
            model="imagen-4-0",
            prompt=command["text"],
            n=4,
            extra_body={"output_format": "jpeg", "aspect_ratio": "1:1"},
        )
        files = [
            {"file": base64.b64decode(picture.b64_json or ""), "filename": f"{number}.jpeg"}
            for number, picture in enumerate(answer.data or ())
        ]
        await client.files_upload_v2(
            file_uploads=files, channel=command["channel_id"], initial_comment=command["text"]
        )

    await serve(app, address)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
