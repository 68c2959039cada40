"""The pages of installing, as routes of the process's one web server."""

from aiohttp import web

from adapters.slack.oauth import pages
from adapters.slack.oauth.flow import STATE_SECONDS, OAuth
from adapters.slack.oauth.pages import BACK, INSTALL, Page

COOKIE = "imagine_slack_state"
_COOKIE_PATH = "/slack"


def install_routes(oauth: OAuth) -> list[web.RouteDef]:
    """Where a browser begins to install the app, and where Slack sends it back to."""

    async def begin(_request: web.Request) -> web.Response:
        begun = oauth.begin()
        if begun is None:
            return _shown(pages.NOT_YET)
        url, state = begun
        response = web.Response(status=302, headers={**pages.HEADERS, "Location": url})
        response.set_cookie(
            COOKIE,
            state,
            max_age=STATE_SECONDS,
            path=_COOKIE_PATH,
            secure=True,
            httponly=True,
            samesite="Lax",  # it comes along when Slack sends the browser back
        )
        return response

    async def back(request: web.Request) -> web.Response:
        told = request.query
        kept = request.cookies.get(COOKIE, "")
        page = await oauth.finish(state=told.get("state", ""), kept=kept, code=told.get("code", ""))
        response = _shown(page)
        response.del_cookie(COOKIE, path=_COOKIE_PATH, secure=True, httponly=True, samesite="Lax")
        return response

    return [web.get(INSTALL, begin, allow_head=False), web.get(BACK, back, allow_head=False)]


def _shown(page: Page) -> web.Response:
    return web.Response(status=page.status, text=page.html(), content_type="text/html", headers=pages.HEADERS)
