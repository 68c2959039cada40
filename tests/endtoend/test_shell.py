"""The command line as a person or a script uses it: real processes, a folder each, no account."""

import asyncio
import contextlib
import csv
import io
import json
import os
import shlex
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fakes.program import CommandResult, finish, imagine, query_rows, start

COMMANDS = ("run", "draw", "compare", "tiers", "usage", "reconcile", "verify", "check", "quota")
QUICK = ("draw", "a boat", "--tier", "fast", "-n", "1")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_draw_saves_samples_of_the_ratio_and_charges_the_price_of_the_tier(tmp_path: Path) -> None:
    command = ("draw", "a red fox", "--tier", "fast", "--ratio", "16:9", "--variants", "4", "--out", "out")
    result = await imagine(tmp_path, *command, "--json", fresh=True)
    assert result.code == 0, result
    assert result.err == ""
    answer = result.json
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


async def test_compare_saves_a_sheet_and_the_original_of_each_tier(tmp_path: Path) -> None:
    command = ("compare", "a red fox --ratio 16:9", "--tiers", "fast,gpt", "--out", "out")
    answer = (await imagine(tmp_path, *command, "--json", fresh=True)).json
    assert (answer["outcome"], answer["charge_micros"]) == ("delivered", 93_000)
    tiers = {tier["tier"]: tier for tier in answer["tiers"]}
    assert {name: tier["charge_micros"] for name, tier in tiers.items()} == {"fast": 30_000, "gpt": 63_000}
    paths = {answer["sheet"], *(tier["file"] for tier in tiers.values())}
    assert {str(path.relative_to(tmp_path)) for path in files(tmp_path / "out")} == paths
    for path in paths:
        with Image.open(tmp_path / path) as picture:
            picture.load()
    shown = await imagine(tmp_path, *command)
    assert shown.code == 0
    assert all(text in shown.out for text in ("Imagen 4 Fast", "GPT-Image-2", "$0.03", "-s.jpg"))
    refused = await imagine(tmp_path, "compare", "a fox", "--tiers", "fast")
    assert (refused.code, refused.out) == (2, "")
    assert "two tiers" in refused.err
    assert (await imagine(tmp_path, "verify", "--json")).json == {"clean": True, "differences": []}


async def test_tiers_prints_the_published_monthly_costs(tmp_path: Path) -> None:
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


async def test_a_shell_completes_the_verbs(tmp_path: Path) -> None:
    script = await imagine(tmp_path, env={"_IMAGINE_COMPLETE": "source_bash"})
    assert "complete -o default -F _imagine_completion imagine" in script.out
    typed = {"COMP_WORDS": "imagine quota s", "COMP_CWORD": "2", "_IMAGINE_COMPLETE": "complete_bash"}
    assert (await imagine(tmp_path, env=typed)).out.split() == ["show", "set", "settings"]
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("draw x --bogus", "--bogus"),
        ("draw x --tier fats", "fast"),
        ("draw /quota", "/quota is a command"),
        ("draw x --ratio 5:4", "4:3"),
        ("draw x -n 9", "1 to 4"),
        ("draw fox--ultra --tirr fast", "--tier"),
        ("draw x --tier fast --transparent", "gpt"),
        ("draw x --out imagine.toml/below", "--out"),
        ("usage --by colour", "channel"),
        ("usage --since yesterday", "2026-03-01"),
        ("usage --person nobody", "nobody"),
        ("quota set", "--images-per-day"),
        ("quota set ann --images-per-day -3", "--images-per-day -3: a whole number from 0"),
        ("quota set ann --money-per-day 2.5e", "2.50"),
        ("quota set ann --until tomorrow --images-per-day 1", "2026-12-31"),
        ("quota set --tiers fast,quick", "quick"),
        ("quota set slack:S0INTERNS --images-per-day 0", "That's a role or user group, not a person."),
        ("quota set --role slack:T0:U0 --images-per-day 0", "That's a person, not a role or user group."),
        ("quota set ann --role staff --images-per-day 1", "Name one of a person, a role"),
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
async def test_bad_input_exits_with_2_and_says_what_to_type(
    command: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "imagine.toml").write_text("")
    result = await imagine(tmp_path, *command.split(" "))
    assert result.code == 2, result
    assert message in result.err
    assert "Traceback" not in result.err
    assert not [file for file in files(tmp_path) if file.suffix == ".jpg"]


@pytest.mark.parametrize(
    ("command", "scope"),
    [
        ("quota set '' --images-per-day 1", "PERSON is empty"),
        ("quota set --person= --images-per-day 1", "PERSON is empty"),
        ("quota set ' ' --images-per-day 1", "PERSON is empty"),
        ("quota set --role= --images-per-day 1", "--role is empty"),
        ("quota set --role staff --images-per-day 1", "staff"),
        ("quota set --channel= --images-per-day 1", "--channel is empty"),
        ("quota set --channel art --workspace discord:1 --images-per-day 1", "art"),
        ("quota set --whole= --images-per-day 1", "--whole"),
        ("quota set --tiers= --images-per-day 1", "--tiers"),
        ("quota set --workspace= --images-per-day 1", "--workspace is empty"),
        ("quota set --workspace nosuch --images-per-day 1", "'nosuch' is no workspace"),
        ("quota set --workspace discord:here --images-per-day 1", "'discord:here' is no workspace"),
        ("quota set telegram:7 --images-per-day 1", "telegram:7"),
        ("quota grant '' --images 1", "PERSON is empty"),
        ("quota reset '' --yes", "PERSON is empty"),
        ("quota reset --role= --yes", "--role is empty"),
        ("quota block '' --yes", "PERSON is empty"),
        ("quota unblock ''", "PERSON is empty"),
        ("quota pause --workspace= --yes", "--workspace is empty"),
        ("quota pause --workspace nosuch --yes", "'nosuch' is no workspace"),
        ("quota resume --workspace=", "--workspace is empty"),
        ("quota log ''", "PERSON is empty"),
        ("quota log --workspace nosuch", "'nosuch' is no workspace"),
        ("quota undo ''", "--entry"),
        ("quota budget --workspace nosuch", "'nosuch' is no workspace"),
        ("quota export ''", "--period"),
        ("quota export --workspace=", "--workspace is empty"),
        ("quota settings --workspace nosuch", "'nosuch' is no workspace"),
        ("quota settings --workspace shell --clear=", "--clear"),
        ("quota settings --workspace shell --default-tier=", "--default-tier"),
        ("quota show ''", "PERSON is empty"),
        ("quota show --workspace=", "--workspace is empty"),
        ("quota show ann --workspace nosuch", "'nosuch' is no workspace"),
        ("usage --person=", "--person is empty"),
        ("usage --person telegram:7", "telegram:7"),
        ("usage --workspace=", "--workspace is empty"),
        ("usage --workspace nosuch", "'nosuch' is no workspace"),
        ("usage --channel=", "--channel is empty"),
        ("usage --channel nosuch", "'nosuch' is no channel"),
        ("usage --since=", "'' is not a day"),
        ("usage --until=", "'' is not a day"),
        ("usage --period today --since=", "not both"),
        ("usage --period=", "2026-03-01..2026-03-31"),
        ("usage --by=", "'' is not one of"),
        ("reconcile bill.csv --since=", "'' is not a day"),
        ("reconcile bill.csv --until=", "'' is not a day"),
        ("export ''", "PERSON is empty"),
        ("export telegram:7", "telegram:7"),
        ("forget '' --yes", "PERSON is empty"),
        ("forget telegram:7 --yes", "telegram:7"),
        ("draw x --tier=", "--tier"),
        ("draw x --ratio=", "--ratio"),
        ("draw x --quality=", "--quality"),
    ],
)
async def test_an_empty_or_unknown_scope_is_never_taken_for_a_wider_one(
    command: str, scope: str, tmp_path: Path
) -> None:
    (tmp_path / "bill.csv").write_text("time,cost\n2020-01-01,1\n")
    result = await imagine(tmp_path, *shlex.split(command))
    assert (result.code, result.out) == (2, ""), result
    assert scope in result.err
    assert query_rows(tmp_path, "SELECT 1 FROM entries UNION SELECT 1 FROM jobs") == []


@pytest.mark.parametrize(
    ("command", "twice"),
    [
        ("usage --person ann --person bob", "--person is given twice"),
        ("usage --workspace shell --workspace web:playground", "--workspace is given twice"),
        ("quota set --role slack:S1 --role slack:S2 --images-per-day 1", "--role is given twice"),
        ("quota set ann --images-per-day 1 --images-per-day 2", "--images-per-day is given twice"),
        ("quota set ann bob --images-per-day 1", "bob"),
        ("quota show --workspace shell --workspace web:playground", "--workspace is given twice"),
        ("sync discord --guild 1 --guild 2", "--guild is given twice"),
        ("forget ann bob --yes", "bob"),
    ],
)
async def test_two_values_of_one_option_are_refused(command: str, twice: str, tmp_path: Path) -> None:
    result = await imagine(tmp_path, *command.split())
    assert (result.code, result.out) == (2, ""), result
    assert twice in result.err
    assert query_rows(tmp_path, "SELECT 1 FROM entries") == []


async def test_of_a_prompts_options_the_last_counts_and_two_hyphens_end_the_shells(tmp_path: Path) -> None:
    words = ("--tier", "ultra", "--tier", "fast", "--", "a fox -- red -n 1")
    assert (await imagine(tmp_path, "draw", *words)).code == 0
    (job,) = query_rows(tmp_path, "SELECT tier, images, request FROM jobs")
    assert (job["tier"], job["images"]) == ("fast", 1)
    assert '"a fox -- red"' in job["request"]


@pytest.mark.parametrize("verb", ["set ann --images-per-day 1", "grant ann --images 1", "block ann"])
async def test_a_day_that_is_over_is_refused(verb: str, tmp_path: Path) -> None:
    result = await imagine(tmp_path, "quota", *verb.split(), "--until", "2020-01-01")
    assert (result.code, result.err) == (2, "Wed 1 Jan 2020 is over; choose today or a day to come.\n")
    assert query_rows(tmp_path, "SELECT 1 FROM entries") == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("usage --period 9999-12", 0),
        ("usage --period 9999-12-31", 0),
        ("usage --period 0001-01", 0),
        ("usage --period 0000-01", 2),
        ("usage --since 0001-01-01 --until 9999-12-31", 0),
        ("usage --since 10000-01-01", 2),
        ("reconcile bill.csv --since 0001-01-01 --until 9999-12-31", 1),
        ("quota export 9999-12 --workspace shell", 0),
        ("quota set --images-per-day 1 --until 9999-12-31", 2),
        ("quota set --images-per-day 1 --until today+9999999", 2),
        (f"quota set --images-per-day {10**30}", 2),
        (f"quota set --money-per-day {10**30}", 2),
        (f"quota budget --workspace shell --money-per-month {10**30}", 2),
        (f"tiers --per-day {10**30}", 2),
        (f"draw x -n {10**30}", 2),
        (f"sync discord --guild {10**30}", 2),
    ],
)
async def test_extreme_days_and_figures_are_an_answer_or_a_sentence(
    command: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "bill.csv").write_text("time,cost\n2020-01-01,1\n")
    result = await imagine(tmp_path, *command.split())
    assert result.code == code, result
    assert "broke" not in result.err
    assert "Traceback" not in result.err


async def test_a_grant_lasts_until_its_day(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    until = (today + timedelta(days=2)).isoformat()
    granted = await imagine(tmp_path, "quota", "grant", "ann", "--images", "2", "--until", until, "--json")
    assert granted.code == 0, granted
    assert {"images": 2, "day": today.isoformat(), "until": until}.items() <= granted.json["after"].items()


async def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    changes = ("set ann --images-per-day 0", "grant ann --images 1", "block ann", "pause", "resume")
    for change in changes:
        result = await imagine(tmp_path, "quota", *change.split(), "--dry-run", "--json")
        assert result.code == 0, result
        assert (result.json["verb"], result.json["entry"]) == (change.split()[0], None)
    result = await imagine(tmp_path, "quota", "set", "ann", "--images-per-day", "0", "--dry-run")
    assert "Nothing was changed" in result.out
    assert "not set → 0" in result.out
    assert query_rows(tmp_path, "SELECT 1 FROM entries") == []


async def at_a_terminal(folder: Path, answer: str, *args: str) -> CommandResult:
    """Run a command at a terminal, and type this answer to its question."""
    keyboard, terminal = os.openpty()
    try:
        process = await start(folder, *args, stdin=terminal)
        os.write(keyboard, f"{answer}\n".encode())
        return await finish(process)
    finally:
        os.close(keyboard)
        os.close(terminal)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("reset", "Everyone: pictures a day 9 → not set."),
        ("pause", "The whole bot: drawing → paused."),
        ("block", "Everyone: may draw → blocked."),
        ("undo NUMBER", "Everyone: pictures a day 9 → not set."),
    ],
)
async def test_a_change_to_confirm_is_asked_about_on_a_terminal_and_needs_yes_elsewhere(
    change: str, sentence: str, tmp_path: Path
) -> None:
    number = (await imagine(tmp_path, "quota", "set", "--images-per-day", "9", "--json")).json["number"]
    command = ("quota", *change.replace("NUMBER", number).split())

    def changes() -> int:
        return len(query_rows(tmp_path, "SELECT 1 FROM entries")) - 1

    refused = await imagine(tmp_path, *command, "--json")
    assert refused.code == 2, refused
    assert sentence in refused.json["error"]
    assert "--yes" in refused.json["error"]
    no = await at_a_terminal(tmp_path, "n", *command)
    assert (no.code, changes()) == (1, 0), no
    assert sentence in no.err
    assert no.err.endswith("Nothing was changed.\n")
    yes = await at_a_terminal(tmp_path, "y", *command)
    assert (yes.code, changes()) == (0, 1), yes
    assert sentence in yes.out
    await imagine(tmp_path, "quota", "undo", await newest_number(tmp_path), "--yes")
    if change != "undo NUMBER":  # which can be undone once
        done = await imagine(tmp_path, *command, "--yes")
        assert (done.code, changes()) == (0, 3), done


async def newest_number(folder: Path) -> str:
    """Return the number of the newest entry in the log."""
    return str((await imagine(folder, "quota", "log", "--json")).json["rows"][0][-1])


async def test_forget_asks_first(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    refused = await imagine(tmp_path, "forget", "ann")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert (await at_a_terminal(tmp_path, "n", "forget", "ann")).code == 1
    assert [row["name"] for row in query_rows(tmp_path, "SELECT name FROM people")] == ["ann"]
    assert (await at_a_terminal(tmp_path, "y", "forget", "ann")).code == 0
    assert query_rows(tmp_path, "SELECT name FROM people WHERE name = 'ann'") == []


async def test_an_operator_does_not_become_a_second_person_of_that_name(tmp_path: Path) -> None:
    """The ledger knows an operator's name wherever they changed something; they draw in the shell alone."""
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    for where in ((), ("--workspace", "discord:1")):
        assert (await imagine(tmp_path, "quota", "set", "--images-per-day", "9", *where)).code == 0
    shown = await imagine(tmp_path, "quota", "show", "ann", "--json", env={"LOGNAME": "bob"})
    assert (shown.code, shown.json["workspace"]) == (0, "shell"), shown


@pytest.mark.parametrize("text", ["tiers = 3\n", "[tiers.fast]\nsizes = 5\nprices = [[]]\n"])
async def test_an_invalid_catalog_is_explained(tmp_path: Path, text: str) -> None:
    (tmp_path / "imagine-data").mkdir()
    (tmp_path / "imagine-data" / "catalog.toml").write_text(text)
    for command in (("tiers",), QUICK, ("quota", "set", "--images-per-day", "1")):
        result = await imagine(tmp_path, *command)
        assert (result.code, result.out) == (2, ""), result
        assert result.err.startswith("The catalog cannot be used: ")


async def test_allowances_are_set_granted_shown_and_reset(tmp_path: Path) -> None:
    async def quota(*words: str) -> Any:
        result = await imagine(tmp_path, "quota", *words, "--json")
        assert result.code == 0, result
        return result.json

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
    assert (await quota("reset", "ann", "--yes"))["after"] is None
    assert (await quota("reset", "ann"))["entry"] is None  # nothing was left to remove
    assert (await quota("show"))["images_day"] == {
        "limit": 40,
        "granted": 2,
        "used": 1,
        "held": 0,
        "left": 41,
    }


async def test_usage_can_be_narrowed_by_person_workspace_channel_and_day(tmp_path: Path) -> None:
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
        ("--channel", "discord:9"),
        ("--workspace", "discord:9"),
    ):
        assert (await imagine(tmp_path, "usage", *narrowed, "--json")).json["totals"]["jobs"] == 0
    by_day = (await imagine(tmp_path, "usage", "--by", "day", "--json")).json["rows"]
    same = (await imagine(tmp_path, "usage", "--since", by_day[0]["key"], "--json")).json["totals"]
    assert same["charge_micros"] == 30_000


async def test_usage_can_be_written_as_csv(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    result, nothing = await asyncio.gather(
        imagine(tmp_path, "usage", "--period", "today", "--csv"),
        imagine(tmp_path, "usage", "--period", "2020-01", "--csv"),
    )
    assert (result.code, result.err) == (0, "")
    heading, line = csv.DictReader(io.StringIO(result.out)).fieldnames or [], result.out.splitlines()[1]
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
    result = await imagine(tmp_path, "reconcile", "bill.csv", "--until", "2999-12-31", "--json")
    assert result.code == 1
    assert (result.json["equal"], result.json["billed_micros"], result.json["cost_micros"]) == (
        False,
        1_000_000,
        30_000,
    )
    assert [line["billed_micros"] for line in result.json["only_billed"]] == [1_000_000]
    assert [job["calls"] for job in result.json["only_spent"]] == [["req-1"]]


async def test_verify_names_the_balance_that_was_changed(tmp_path: Path) -> None:
    assert (await imagine(tmp_path, *QUICK, "--out", "out")).code == 0
    db = sqlite3.connect(tmp_path / "imagine-data" / "imagine.db")
    db.execute("UPDATE counters SET micros = micros + 1 WHERE kind = 'person' AND length(period) = 7")
    db.commit()
    db.close()
    result = await imagine(tmp_path, "verify")
    assert result.code == 1
    assert "shell person shell:ann" in result.out
    assert "30001 micros" in result.out
    [difference] = (await imagine(tmp_path, "verify", "--json")).json["differences"]
    assert difference["recomputed"] == "1 images, 30000 micros"
    checked = await imagine(tmp_path, "check")
    assert checked.code == 1
    assert "imagine verify" in checked.out


async def test_a_failed_command_prints_one_json_object_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    commands = (("usage",), ("verify",), ("quota", "show"), ("quota", "set", "--images-per-day", "1"), QUICK)
    for command in commands:
        result = await imagine(tmp_path, *command, "--json", env={"IMAGINE_DATA": "file"})
        assert result.code == 1, result
        assert list(json.loads(result.out)) == ["error"]
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "command", ["usage", "draw 'a boat' -n 1", "quota set --images-per-day 3", "check", "run"]
)
async def test_a_lost_database_is_named_with_its_fix_by_every_command(command: str, tmp_path: Path) -> None:
    """Otherwise it would be a new ledger, in which nobody has spent anything."""
    assert (await imagine(tmp_path, *QUICK)).code == 0
    for path in (tmp_path / "imagine-data").glob("imagine.db*"):
        path.write_bytes(b"")
    ended = await imagine(tmp_path, *shlex.split(command))
    assert ended.code != 0, ended
    assert "imagine.db is empty, but an earlier ledger left pictures beside it" in ended.err + ended.out
    assert "estore a backup, or move what is left elsewhere" in ended.err + ended.out
    assert "Traceback" not in ended.err
    assert query_rows(tmp_path, "SELECT 1 FROM sqlite_master") == []


@pytest.mark.parametrize(
    "command",
    [
        "quota set --images-per-day 2,5",
        "tiers --per-day 1_0",
        "draw x -n +2",
        "quota set --money-per-day 1e3",
    ],
)
async def test_a_number_that_may_be_another_is_refused(command: str, tmp_path: Path) -> None:
    ended = await imagine(tmp_path, *shlex.split(command))
    assert (ended.code, ended.out) == (2, ""), ended
    assert shlex.split(command)[-1] in ended.err
    assert query_rows(tmp_path, "SELECT 1 FROM entries UNION SELECT 1 FROM jobs") == []
