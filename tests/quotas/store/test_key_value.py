"""The key-value table: a value goes with its key, and when somebody whom it speaks of is forgotten."""

from quotas.ledger import Ledger
from quotas.privacy.service import Erase
from tests.quotas.helpers import draw, no_pictures

ANN, BOB = "discord:ann", "discord:bob"


async def people(ledger: Ledger) -> list[tuple[str, str, str]]:
    sql = "SELECT drawer, key, person FROM kept_people ORDER BY drawer, key, person"
    return await ledger._store.read(lambda tx: tx.execute(sql).fetchall())


async def forget(ledger: Ledger, person: str, workspace: str | None = None) -> object:
    return await ledger.privacy.forget(
        person, workspace, author=person, reason="", erase=Erase(str, no_pictures)
    )


async def test_a_value_has_the_people_of_its_last_put(ledger: Ledger) -> None:
    await ledger.kept.put("web", "a", "1", [ANN, BOB, ANN])
    await ledger.kept.put("web", "b", "1", [BOB])
    await ledger.kept.put("web", "a", "2", [ANN])
    assert await people(ledger) == [("web", "a", ANN), ("web", "b", BOB)]
    await ledger.kept.put("web", "b", "2")
    assert await people(ledger) == [("web", "a", ANN)]
    await ledger.kept.delete("web", "a")
    assert await people(ledger) == []


async def test_forgetting_somebody_deletes_what_speaks_of_them(ledger: Ledger) -> None:
    await draw(ledger)  # of ann
    await ledger.kept.put("web", "both", "1", [ANN, BOB])
    await ledger.kept.put("slack", "both", "1", [BOB])
    await ledger.kept.put("web", "nobody", "1")
    await forget(ledger, ANN)
    assert await ledger.kept.get("web", "both") is None
    assert await ledger.kept.get("slack", "both") == "1"
    assert await ledger.kept.get("web", "nobody") == "1"
    assert await people(ledger) == [("slack", "both", BOB)]


async def test_forgetting_somebody_of_whom_no_workspace_knows(ledger: Ledger) -> None:
    """Nothing is entered, but what an adapter noted of them goes."""
    await ledger.kept.put("slack", "a", "1", [BOB])
    assert await forget(ledger, BOB, "team") is None
    assert await ledger.kept.get("slack", "a") == "1", "they may be of another workspace"
    assert await forget(ledger, BOB) is None
    assert await ledger.kept.get("slack", "a") is None
    assert await ledger.settings.entries(None, 9) == []
    assert await ledger.kept.get("privacy", "write anew") is not None
    assert await ledger.privacy.clean(idle=True)
    assert await forget(ledger, BOB) is None
    assert await ledger.kept.get("privacy", "write anew") is None, "there was nothing to forget"
