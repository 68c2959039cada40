"""`imagine export` and `imagine forget` as real processes, beside a running bot and without one."""

import json
from pathlib import Path

import aiohttp

from tests.fakes.program import Program, imagine

WORDS = "a purple pangolin"
DRAW = ("draw", WORDS, "--tier", "fast", "-n", "1", "--out", "out")


def holds(folder: Path, word: str) -> bool:
    return any(
        word.encode() in path.read_bytes() for path in (folder / "imagine-data").rglob("*") if path.is_file()
    )


async def me(folder: Path) -> str:
    (row,) = (await imagine(folder, "usage", "--by", "person", "--json")).json["rows"]
    return str(row["key"])


async def test_a_person_is_exported_and_then_forgotten(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *DRAW)).code == 0
    person = await me(tmp_path)
    result = await imagine(tmp_path, "export", person)
    assert json.loads(result.out)["workspaces"][0]["jobs"][0]["prompt"] == WORDS
    assert (await imagine(tmp_path, "export", person, "--out", "nowhere/copy.json")).code == 1
    assert (await imagine(tmp_path, "forget", "nobody at all")).code == 2
    assert holds(tmp_path, WORDS)
    result = await imagine(tmp_path, "forget", person, "--yes", "--json")
    assert result.code == 0
    assert "forgotten-" in result.json["sentence"]
    assert not holds(tmp_path, WORDS)
    assert not holds(tmp_path, person)
    again = await imagine(tmp_path, "forget", person, "--yes")
    assert (again.code, again.out) == (0, "There is nothing kept about this person.\n")
    assert (await imagine(tmp_path, "verify")).code == 0
    assert (await imagine(tmp_path, "usage", "--json")).json["totals"]["charge_micros"] == 30_000


async def test_a_running_bot_forgets_a_person(tmp_path: Path) -> None:
    async with Program(tmp_path) as program:
        await program.ready()
        assert (await imagine(tmp_path, *DRAW)).code == 0
        assert (await imagine(tmp_path, "forget", await me(tmp_path), "--yes")).code == 0
        assert not holds(tmp_path, WORDS)
        async with aiohttp.ClientSession() as http, http.get(f"{program.url}/metrics") as answer:
            assert 'imagine_jobs_total{outcome="drawn",tier="fast"} 1.0' in await answer.text()
