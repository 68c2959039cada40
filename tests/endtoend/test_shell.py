"""The command line, as a person or a script meets it: real processes, a folder each, no account."""

import asyncio
import contextlib
import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fakes.program import imagine

COMMANDS = ("run", "draw", "tiers", "usage", "reconcile", "verify", "check", "quota")
QUICK = ("draw", "a boat", "--tier", "fast", "-n", "1")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_draw_offline_makes_files_of_the_ratio_and_charges_what_the_tier_costs(tmp_path: Path) -> None:
    command = ("draw", "a red fox", "--tier", "fast", "--ratio", "16:9", "--variants", "4", "--out", "out")
    drawn = await imagine(tmp_path, *command, "--json", fresh=True)
    assert drawn.code == 0, drawn
    assert drawn.err == ""
    answer = drawn.json
    assert answer["charge_micros"] == 120_000
    assert (answer["cost_micros"], answer["uncertain_micros"]) == (0, 0)  # samples cost nothing
    assert answer["outcome"] == "delivered"
    assert len(answer["files"]) == len(set(answer["files"])) == 4
    for file in answer["files"]:
        with Image.open(tmp_path / file) as picture:
            assert abs(picture.width / picture.height / (16 / 9) - 1) < 0.08
    assert {str(path.relative_to(tmp_path)) for path in files(tmp_path / "out")} == set(answer["files"])
    report = (await imagine(tmp_path, "usage", "--json")).json
    assert report["totals"] == {
        "jobs": 1,
        "images": 4,
        "charge_micros": 120_000,
        "cost_micros": 0,
        "uncertain_micros": 0,
        "beyond_micros": 0,
    }
    assert report["by"] == "tier"
    assert [row["key"] for row in report["rows"]] == ["fast"]
    assert (await imagine(tmp_path, "verify", "--json")).json == {"clean": True, "differences": []}


async def test_the_published_table_comes_out_exactly(tmp_path: Path) -> None:
    tiers = (await imagine(tmp_path, "tiers", "--per-day", "100", "--json")).json["tiers"]
    monthly = {each["tier"]: each["monthly_micros"] for each in tiers}
    assert monthly == {
        "fast": 90_000_000,
        "standard": 180_000_000,
        "ultra": 360_000_000,
        "gpt": 189_000_000,
    }
    shown = (await imagine(tmp_path, "tiers")).out
    assert all(dollars in shown for dollars in ("$90.00", "$180.00", "$360.00", "$189.00"))
    assert not (tmp_path / "imagine-data").exists()


async def test_every_command_explains_itself_on_a_narrow_screen(tmp_path: Path) -> None:
    helps = await asyncio.gather(
        imagine(tmp_path, "--help"),
        *(imagine(tmp_path, command, "--help") for command in COMMANDS),
        *(imagine(tmp_path, "quota", verb, "--help") for verb in ("show", "set", "grant", "reset")),
    )
    assert all(each.code == 0 and "Usage: imagine" in each.out for each in helps)
    listed = helps[0].out.partition("Commands:")[2]
    assert all(f"\n  {command} " in listed for command in COMMANDS)
    assert "..." not in listed  # every line is whole
    assert (await imagine(tmp_path, "--version", fresh=True)).out.startswith("imagine 0.")


async def test_a_shell_can_complete_it(tmp_path: Path) -> None:
    script = await imagine(tmp_path, env={"_IMAGINE_COMPLETE": "source_bash"})
    assert "complete -o default -F _imagine_completion imagine" in script.out
    typed = {"COMP_WORDS": "imagine quota s", "COMP_CWORD": "2", "_IMAGINE_COMPLETE": "complete_bash"}
    assert (await imagine(tmp_path, env=typed)).out.split() == ["show", "set", "settings"]
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("draw x --bogus", "--bogus"),
        ("draw x --tier fats", "fast"),
        ("draw x --ratio 5:4", "4:3"),
        ("draw x -n 9", "1 to 4"),
        ("draw fox--ultra --tirr fast", "--tier"),
        ("draw x --tier fast --transparent", "gpt"),
        ("draw x --out imagine.toml/below", "--out"),
        ("usage --by colour", "channel"),
        ("usage --since yesterday", "2026-03-01"),
        ("usage --person nobody", "nobody"),
        ("quota set", "--images-per-day"),
        ("quota set ann --images-per-day -3", "'-3'"),
        ("quota set ann --money-per-day 2.5e", "2.50"),
        ("quota set ann --until tomorrow --images-per-day 1", "2026-03-01"),
        ("quota set --tiers fast,quick", "quick"),
        ("quota set ann --role staff --images-per-day 1", "--role"),
        ("quota set --channel general --images-per-day 1", "--workspace"),
        ("quota grant ann", "--images"),
        ("quota grant discord:7 --images 1", "--workspace"),
        ("tiers --per-day none", "--per-day"),
        ("usage --by colour", "model"),
        ("usage --period soon", "2026-03-01..2026-03-31"),
        ("usage --period today --since 2026-03-01", "not both"),
        ("usage --csv --json", "not both"),
        ("usage --since spring", "2026-03-01"),
        ("reconcile imagine.toml", "line 1"),
        ("reconcile nowhere.csv", "nowhere.csv cannot be read"),
        ("nonsense", "nonsense"),
    ],
)
async def test_bad_input_is_exit_2_and_says_what_to_type(command: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "imagine.toml").write_text("")
    ended = await imagine(tmp_path, *command.split(" "))
    assert ended.code == 2, ended
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not [file for file in files(tmp_path) if file.suffix == ".jpg"]


async def test_allowances_are_set_granted_shown_and_reset(tmp_path: Path) -> None:
    async def quota(*words: str) -> Any:
        ended = await imagine(tmp_path, "quota", *words, "--json")
        assert ended.code == 0, ended
        return ended.json

    entry = await quota("set", "ann", "--images-per-day", "3", "--money-per-day", "0.10", "--reason", "trial")
    assert entry["before"] is None
    assert entry["after"] == {"images_per_day": 3, "money_per_day": 100_000}
    refused = await imagine(tmp_path, "draw", "a boat", "--tier", "fast", "--json")
    assert refused.code == 3, refused
    assert refused.json["outcome"] == "allowance"
    assert refused.json["files"] == []
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    granted = await quota("grant", "@ann", "--images", "2", "--money", "1")
    assert {"images": 2, "money": 1_000_000}.items() <= granted["after"].items()
    shown = await quota("show")
    assert (shown["person"], shown["workspace"]) == ("shell:ann", "shell")
    assert shown["images_day"] == {"limit": 3, "granted": 2, "used": 1, "held": 0, "left": 4}
    assert shown["money_day_micros"]["left"] == 100_000 + 1_000_000 - 30_000
    assert shown["money_month_micros"]["left"] is None
    until = await quota("set", "ann", "--images-per-day", "unlimited", "--until", "2031-12-31")
    assert until["after"]["until"] == 1_956_528_000  # the midnight after that day
    assert (await quota("show"))["images_day"]["left"] is None
    assert (await quota("reset", "ann"))["after"] is None
    assert (await quota("reset", "ann"))["entry"] is None  # nothing was left to remove
    assert (await quota("show"))["images_day"] == {
        "limit": 40,
        "granted": 2,
        "used": 1,
        "held": 0,
        "left": 41,
    }


async def test_usage_is_narrowed_by_person_workspace_channel_and_day(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    ann, bob = await asyncio.gather(
        imagine(tmp_path, "usage", "--person", "ann", "--by", "person", "--json"),
        imagine(tmp_path, "usage", "--person", "discord:7", "--json"),
    )
    assert [(row["key"], row["name"], row["images"]) for row in ann.json["rows"]] == [("shell:ann", "ann", 1)]
    assert bob.json["totals"]["jobs"] == 0
    for narrowed in (
        ("--until", "2020-01-01"),
        ("--since", "2999-01-01"),
        ("--channel", "c"),
        ("--workspace", "w"),
    ):
        assert (await imagine(tmp_path, "usage", *narrowed, "--json")).json["totals"]["jobs"] == 0
    by_day = (await imagine(tmp_path, "usage", "--by", "day", "--json")).json["rows"]
    same = (await imagine(tmp_path, "usage", "--since", by_day[0]["key"], "--json")).json["totals"]
    assert same["charge_micros"] == 30_000


async def test_usage_is_a_file_too(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    told, nothing = await asyncio.gather(
        imagine(tmp_path, "usage", "--period", "today", "--csv"),
        imagine(tmp_path, "usage", "--period", "2020-01", "--csv"),
    )
    assert (told.code, told.err) == (0, "")
    heading, line = csv.DictReader(io.StringIO(told.out)).fieldnames or [], told.out.splitlines()[1]
    assert heading[:5] == ["day", "workspace", "person", "name", "channel"]
    assert line.endswith(
        ",shell,shell:ann,ann,shell,,fast,sample,1,1,30000,0,0,0,0.030000,0.000000,0.000000,0.000000"
    )
    assert nothing.out.splitlines() == [",".join(heading)]


async def test_a_bill_is_compared_job_by_job(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    path = tmp_path / "imagine-data" / "imagine.db"
    with contextlib.closing(sqlite3.connect(path)) as db, db:  # as if a gateway had drawn it
        db.execute("UPDATE jobs SET cost_micros = 30000, model = 'imagen-4-flash'")
        db.execute("UPDATE jobs SET outcome = json_set(outcome, '$.calls', json_array('req-1'))")
        ((began,),) = db.execute("SELECT started_at FROM jobs").fetchall()
    bill = tmp_path / "bill.csv"
    bill.write_text(f"Created,Model,N,Cost (USD),Request ID\n{began},imagen-4-flash,1,$0.03,req-1\n")
    equal = await imagine(tmp_path, "reconcile", "bill.csv")
    assert (equal.code, equal.out) == (0, "1 line matched; billed $0.03, our cost $0.03; nothing differs.\n")
    bill.write_text(f"time,cost,id\n{began},0.06,req-1\n{began},1.5,req-9\n")
    differs = await imagine(tmp_path, "reconcile", "bill.csv")
    assert differs.code == 1
    assert "Only the gateway has: 1" in differs.out
    assert "The cost differs: 1" in differs.out
    assert differs.out.endswith("1 line matched; billed $1.56, our cost $0.03; what differs is above.\n")
    bill.write_text("time,cost\n2020-01-01,1\n2020-01-02,soon\n")
    wrong = await imagine(tmp_path, "reconcile", "bill.csv", "--json")
    assert (wrong.code, wrong.json) == (2, {"error": "bill.csv, line 3: 'soon' is not an amount of dollars."})
    bill.write_text("time,cost\n2020-01-01,1\n")
    told = await imagine(tmp_path, "reconcile", "bill.csv", "--until", "2999-12-31", "--json")
    assert told.code == 1
    assert (told.json["equal"], told.json["billed_micros"], told.json["cost_micros"]) == (
        False,
        1_000_000,
        30_000,
    )
    assert [line["billed_micros"] for line in told.json["only_billed"]] == [1_000_000]
    assert [job["calls"] for job in told.json["only_spent"]] == [["req-1"]]


async def test_verify_names_the_place_that_was_tampered_with(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    db = sqlite3.connect(tmp_path / "imagine-data" / "imagine.db")
    db.execute("UPDATE counters SET micros = micros + 1 WHERE kind = 'person' AND length(period) = 7")
    db.commit()
    db.close()
    told = await imagine(tmp_path, "verify")
    assert told.code == 1
    assert "shell person shell:ann" in told.out
    assert "30001 micros" in told.out
    [difference] = (await imagine(tmp_path, "verify", "--json")).json["differences"]
    assert difference["recomputed"] == "1 images, 30000 micros"
    checked = await imagine(tmp_path, "check")
    assert checked.code == 1
    assert "imagine verify" in checked.out


async def test_json_is_one_object_also_where_a_command_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    commands = (("usage",), ("verify",), ("quota", "show"), ("quota", "set", "--images-per-day", "1"), QUICK)
    for command in commands:
        ended = await imagine(tmp_path, *command, "--json", env={"IMAGINE_DATA": "file"})
        assert ended.code == 1, ended
        assert list(json.loads(ended.out)) == ["error"]
        assert "Traceback" not in ended.err
