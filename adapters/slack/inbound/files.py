"""Files that people send on Slack: read with the workspace's token, from Slack's own host and no other."""

from collections.abc import Collection, Iterable
from functools import partial

import structlog

from adapters.common.download import Downloaded, download
from adapters.slack import messages
from adapters.slack.errors import NO_ANSWER, NOT_FOUND, RateLimited, Refusal, reason
from adapters.slack.inbound.convert import Upload, read_uploads
from adapters.slack.outbound.web_api import WebApi
from bot import wording
from bot.port.protocols import DeliveryError
from bot.port.requests import FileUnavailable, SentFile

log = structlog.get_logger()

ORIGINS = frozenset(("https://files.slack.com",))  # docs.slack.dev/messaging/working-with-files
SCOPE = "files:read"
HTML = "text/html"


class Files:
    """Reads files by the links that Slack sent with them, or else asks Slack for the links."""

    def __init__(self, web_api: WebApi, origins: Collection[str] = ORIGINS) -> None:
        self._web_api = web_api
        self._origins = origins

    def sent(self, team: str, uploads: Iterable[Upload]) -> tuple[SentFile, ...]:
        """Return the files for the core; they are read later."""
        return tuple(SentFile(name=each.name, read=partial(self._read, team, each)) for each in uploads)

    async def _read(self, team: str, upload: Upload, limit: int) -> bytes:
        if not upload.url:
            upload = await self._look_up(team, upload)
        try:
            token = await self._web_api.token(team)
        except DeliveryError as error:
            raise FileUnavailable(wording.file_not_fetched(upload.name)) from error
        answer = await download(
            self._web_api.session,
            upload.url,
            name=upload.name,
            limit=limit,
            origins=self._origins,
            headers={"Authorization": f"Bearer {token}"},
            proxy=self._web_api.client().proxy,
        )
        if _is_login_page(answer, upload):
            raise self._may_not_read(team, upload)
        return answer.data

    async def _look_up(self, team: str, upload: Upload) -> Upload:
        """Ask Slack about a file. It sends only the id of one that another workspace shares."""
        try:
            answer = await self._web_api.call(team, "files.info", {"file": upload.id}, patience=5.0)
        except Refusal as error:
            if error.code in NOT_FOUND:
                raise FileUnavailable(wording.file_gone(upload.name)) from error
            if error.code == "missing_scope":
                raise self._may_not_read(team, upload) from error
            log.warning("slack.file_not_found", team=team, reason=reason(error))
            raise FileUnavailable(wording.file_not_fetched(upload.name)) from error
        except (RateLimited, DeliveryError, *NO_ANSWER) as error:
            log.warning("slack.file_not_found", team=team, reason=reason(error))
            raise FileUnavailable(wording.file_not_fetched(upload.name)) from error
        (found,) = read_uploads([answer["file"]]) or (upload,)
        return found

    def _may_not_read(self, team: str, upload: Upload) -> FileUnavailable:
        log.error("slack.missing_scope", team=team, scope=SCOPE, fix=messages.missing_scope(SCOPE))
        return FileUnavailable(wording.may_not_read(upload.name, SCOPE))


def _is_login_page(answer: Downloaded, upload: Upload) -> bool:
    """Return whether Slack led to its login page in place of a file, as it does where the scope is missing.

    It may answer 200 then (github.com/slackapi/bolt-js/issues/2585). A page that somebody sent is a file.
    """
    return answer.redirects or (answer.content_type == HTML and upload.mimetype != HTML)
