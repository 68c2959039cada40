"""Every option of every command of the shell that takes words: empty, blank or unknown, it is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.program import imagine, query_rows

# Options whose words may be anything: a reason, a prompt, files, and an address that may be left empty.
FREE = {"reason", "prompt", "out", "file", "url"}
# What else a command needs, so that nothing but the option is wrong.
BESIDE = {
    "draw": "fox",
    "reconcile": "bill.csv",
    "forget": "--yes",
    "quota set": "--images-per-day 1",
    "quota grant": "shell:ann --images 1",
    "quota reset": "--yes",
    "quota block": "--yes",
    "quota pause": "--yes",
    "quota undo": "--yes",
    "quota budget": "--money-per-month 5 --yes",
    "quota settings": "--default-variants 2 --yes",
}
SWEEP = """
import json, shlex, sys
from typer.testing import CliRunner
from bot.cli.main import COMMANDS, app, load

free, beside, values = json.loads(sys.argv[1])

def commands():
    for name in COMMANDS:
        command = load(name)
        verbs = getattr(command, "commands", None)
        for verb in verbs or [""]:
            yield f"{name} {verb}".strip(), verbs[verb] if verbs else command

def words(name, parameter, value):
    more = shlex.split(beside.get(name, ""))
    if parameter.name.endswith("person"):
        more = [word for word in more if not word.startswith("shell:")]
    if parameter.param_type_name == "option":
        return [*name.split(), *more, f"{parameter.opts[0]}={value}"]
    return [*name.split(), value, *more]

results = []
for name, command in commands():
    for parameter in command.params:
        if parameter.type_descriptor.annotation is str and parameter.name not in free:
            for value in values:
                line = words(name, parameter, value)
                results.append((line, CliRunner().invoke(app, line).exit_code))
print("RESULTS", json.dumps(results))
"""


@pytest.mark.parametrize("value", ["", " ", "nosuch", "telegram:7"])
async def test_an_empty_or_unknown_value_of_any_option_is_refused(value: str, tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text("time,cost\n2020-01-01,1\n")
    known = [sorted(FREE), BESIDE, [value]]
    result = await imagine(tmp_path, json.dumps(known), entry=("-c", SWEEP))
    results: list[Any] = json.loads(result.out.rpartition("RESULTS")[2])
    assert len(results) > 60
    assert [line for line, code in results if code != 2] == []
    assert query_rows(tmp_path, "SELECT 1 FROM entries UNION SELECT 1 FROM jobs") == []
