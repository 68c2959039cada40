"""Settings as an operator gets them wrong, and `imagine check`, which says what to mend."""

from pathlib import Path

from tests.fakes.gateway import FakeGateway
from tests.fakes.program import imagine


async def test_settings_come_from_variables_files_and_toml_and_an_empty_one_is_not_set(
    tmp_path: Path,
) -> None:
    (tmp_path / "imagine.toml").write_text('IMAGINE_IMAGES_PER_DAY = 7\nimagine_timezone = "Asia/Tokyo"\n')
    (tmp_path / "money").write_text("2.50\n")
    env = {"IMAGINE_TIMEZONE": "", "IMAGINE_MONEY_PER_DAY_FILE": "money", "CODEGATEWAY_API_KEY": " "}
    shown = (await imagine(tmp_path, "quota", "show", "--json", env=env)).json
    assert shown["images_day"]["limit"] == 7
    assert shown["money_day_micros"]["limit"] == 2_500_000
    assert shown["zone"] == "Asia/Tokyo"
    nearer = (await imagine(tmp_path, "quota", "show", "--json", env={"IMAGINE_IMAGES_PER_DAY": "9"})).json
    assert nearer["images_day"]["limit"] == 9


async def test_every_problem_with_the_settings_is_told_at_once(tmp_path: Path) -> None:
    env = {"IMAGINE_IMAGES_PER_DAY": "many", "IMAGINE_TIMEZONE": "Asia/Tokio", "IMAGINE_WEB_PORT": "99999"}
    ended = await imagine(tmp_path, "usage", env=env)
    assert ended.code == 2
    assert all(name in ended.err for name in env)
    assert "Asia/Tokyo" in ended.err
    ended = await imagine(tmp_path, "usage", "--json", env=env)
    assert all(name in ended.json["error"] for name in env)
    checked = await imagine(tmp_path, "check", "--json", env=env)
    assert checked.code == 1
    assert [line["ok"] for line in checked.json["checks"]] == [False] * 3
    assert all(line["fix"] for line in checked.json["checks"])


async def test_check_finds_each_fault_and_names_its_fix(tmp_path: Path) -> None:
    async with FakeGateway() as gateway:
        good = {"CODEGATEWAY_BASE_URL": gateway.base_url, "CODEGATEWAY_API_KEY": gateway.key}

        async def failed(**env: str) -> str:
            ended = await imagine(tmp_path, "check", "--json", env=env)
            assert ended.code == 1, ended
            [line] = [line for line in ended.json["checks"] if not line["ok"]]
            return f"{line['name']}: {line['sentence']} {line['fix']}"

        fine = await imagine(tmp_path, "check", env=good)
        assert fine.code == 0, fine
        assert "FAIL" not in fine.out
        assert "CODEGATEWAY_API_KEY" in await failed(**{**good, "CODEGATEWAY_API_KEY": "sk-wrong-key"})
        assert "CODEGATEWAY_BASE_URL" in await failed(
            **{**good, "CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1"}
        )
        own = tmp_path / "imagine-data" / "catalog.toml"
        own.write_text('[tiers.fast]\nmodel = "gone-1"\n')
        assert "fast (gone-1)" in await failed(**good)
        own.write_text("[tiers.fast\n")
        assert (await failed(**good)).startswith("catalog:")
        own.unlink()
        (tmp_path / "file").write_text("")
        assert "IMAGINE_DATA" in await failed(**good, IMAGINE_DATA="file")


async def test_a_setting_with_a_slip_in_its_name_is_noticed(tmp_path: Path) -> None:
    checked = await imagine(tmp_path, "check", env={"IMAGINE_TIMEZON": "UTC"})
    assert checked.code == 0
    assert "did you mean IMAGINE_TIMEZONE" in checked.out
