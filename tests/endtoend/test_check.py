"""Settings and their mistakes, and `imagine check`, which names each fault with its fix."""

from pathlib import Path

from tests.fakes.gateway import FakeGateway
from tests.fakes.program import Program, imagine, query_rows


async def test_settings_come_from_variables_files_and_toml_and_an_empty_variable_is_not_set(
    tmp_path: Path,
) -> None:
    (tmp_path / "imagine.toml").write_text('IMAGINE_IMAGES_PER_DAY = 7\nimagine_timezone = "Asia/Tokyo"\n')
    (tmp_path / "money").write_text("2.50\n")
    env = {"IMAGINE_TIMEZONE": "", "IMAGINE_MONEY_PER_DAY_FILE": "money", "CODEGATEWAY_API_KEY": " "}
    shown = (await imagine(tmp_path, "quota", "show", "--json", env=env)).json
    assert shown["images_day"]["limit"] == 7
    assert shown["money_day_micros"]["limit"] == 2_500_000
    assert shown["zone"] == "Asia/Tokyo"
    overridden = (
        await imagine(tmp_path, "quota", "show", "--json", env={"IMAGINE_IMAGES_PER_DAY": "9"})
    ).json
    assert overridden["images_day"]["limit"] == 9


async def test_all_problems_with_the_settings_are_reported_at_once(tmp_path: Path) -> None:
    env = {"IMAGINE_IMAGES_PER_DAY": "many", "IMAGINE_TIMEZONE": "Asia/Tokio", "IMAGINE_WEB_PORT": "99999"}
    result = await imagine(tmp_path, "usage", env=env)
    assert result.code == 2
    assert all(name in result.err for name in env)
    assert "Asia/Tokyo" in result.err
    result = await imagine(tmp_path, "usage", "--json", env=env)
    assert all(name in result.json["error"] for name in env)
    result = await imagine(tmp_path, "check", "--json", env=env)
    assert result.code == 1
    assert [line["ok"] for line in result.json["checks"]] == [False] * 3
    assert all(line["fix"] for line in result.json["checks"])


async def test_check_finds_each_fault_and_names_its_fix(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        good = {"CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}

        async def failed_check(**env: str) -> str:
            result = await imagine(tmp_path, "check", "--json", env=env)
            assert result.code == 1, result
            lines = [line for line in result.json["checks"] if not line["ok"]]
            assert all(line["fix"] for line in lines)
            return "\n".join(f"{line['name']}: {line['sentence']} {line['fix']}" for line in lines)

        good_check = await imagine(tmp_path, "check", env=good)
        assert good_check.code == 0, good_check
        assert "FAIL" not in good_check.out
        assert "CODEGATEWAY_API_KEY" in await failed_check(**{**good, "CODEGATEWAY_API_KEY": "sk-wrong-key"})
        assert "CODEGATEWAY_BASE_URL" in await failed_check(
            **{**good, "CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1"}
        )
        own = tmp_path / "imagine-data" / "catalog.toml"
        own.write_text('[tiers.fast]\nmodel = "gone-1"\n')
        assert "fast (gone-1)" in await failed_check(**good)
        own.write_text("[tiers.fast\n")
        assert (await failed_check(**good)).startswith("catalog:")
        own.unlink()
        pictures = tmp_path / "imagine-data" / "pictures"
        assert [path for path in pictures.rglob("*") if path.is_file()] == [], "a trial leaves nothing"
        pictures.rename(tmp_path / "elsewhere")
        pictures.write_text("")
        failed = await failed_check(**good)
        assert failed.startswith(f"pictures: they cannot be stored in {pictures}: a file stands where")
        assert "\n" not in failed
        pictures.unlink()
        (tmp_path / "file").write_text("")
        assert "IMAGINE_DATA" in await failed_check(**good, IMAGINE_DATA="file")


async def test_a_problem_of_the_catalog_is_named_beside_those_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.toml").write_text("[tiers.fast]\nsizes = 5\n")
    env = {"IMAGINE_IMAGES_PER_DAY": "many", "IMAGINE_DATA": "data"}
    result = await imagine(tmp_path, "check", "--json", env=env)
    assert result.code == 1
    assert [(line["name"], line["ok"]) for line in result.json["checks"]] == [
        ("settings", False),
        ("catalog", False),
    ]
    assert all(line["fix"] for line in result.json["checks"])
    for command in ("run", "tiers", "usage"):
        result = await imagine(tmp_path, command, env=env)
        assert result.code == 2, result
        assert "IMAGINE_IMAGES_PER_DAY" in result.err
        assert "The catalog cannot be used: tiers.fast.sizes" in result.err


async def test_a_misspelled_setting_is_noticed(tmp_path: Path) -> None:
    result = await imagine(tmp_path, "check", env={"IMAGINE_TIMEZON": "UTC"})
    assert result.code == 0
    assert "did you mean IMAGINE_TIMEZONE" in result.out


async def test_a_misspelled_token_is_named_when_the_bot_starts_and_beside_problems(tmp_path: Path) -> None:
    env = {"DISCORD_BOT_TOKEN": "a.b.c", "IMAGINE_WEB_PORT": "many"}
    sentence = "DISCORD_BOT_TOKEN is not a setting; did you mean DISCORD_TOKEN?"
    for command in ("run", "usage"):
        assert sentence in (await imagine(tmp_path, command, env=env)).err
    result = await imagine(tmp_path, "check", env=env)
    assert f"note  settings: {sentence}" in result.out
    async with Program(tmp_path, {"DISCORD_BOT_TOKEN": "a.b.c"}) as program:
        await program.ready()
    assert sentence in (tmp_path / "log.txt").read_text()


async def test_a_command_in_another_environment_leaves_the_bots_zone(tmp_path: Path) -> None:
    tokyo, berlin = {"IMAGINE_TIMEZONE": "Asia/Tokyo"}, {"IMAGINE_TIMEZONE": "Europe/Berlin"}
    zone = "SELECT zone, next_zone FROM workspaces WHERE id = '*'"
    async with Program(tmp_path, tokyo) as program:
        await program.ready()
    for words in (("quota", "set", "--images-per-day", "9"), ("draw", "x", "-n", "1", "--out", "out")):
        assert (await imagine(tmp_path, *words, env=berlin)).code == 0
    assert [tuple(row) for row in query_rows(tmp_path, zone)] == [("Asia/Tokyo", None)]
    note = "days are in Asia/Tokyo, and in Europe/Berlin from the midnight after `imagine run`"
    assert note in (await imagine(tmp_path, "check", env=berlin)).out
    assert "days are in" not in (await imagine(tmp_path, "check", env=tokyo)).out
    async with Program(tmp_path, berlin) as program:
        await program.ready()
    assert [tuple(row) for row in query_rows(tmp_path, zone)] == [("Asia/Tokyo", "Europe/Berlin")]
