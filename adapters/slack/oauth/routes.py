"""The pages for installing the app, as routes of the process's web server."""

from aiohttp import web

from adapters.slack.oauth import pages
from adapters.slack.oauth.flow import STATE_SECONDS, OAuth
from adapters.slack.oauth.pages import INSTALL_PATH, REDIRECT_PATH, Page

COOKIE = "imagine_slack_state"
_COOKIE_PATH = "/slack"


def install_routes(oauth: OAuth) -> list[web.RouteDef]:
    """Make two routes: one starts an installation in a browser, and Slack sends the browser to the other."""

    async def begin(_request: web.Request) -> web.Response:
        start = oauth.begin()
        if start is None:
            return _response(pages.BOT_STARTING)
        url, state = start
        response = web.Response(status=302, headers={**pages.HEADERS, "Location": url})
        response.set_cookie(
            COOKIE,
            state,
            max_age=STATE_SECONDS,
            path=_COOKIE_PATH,
            secure=True,
            httponly=True,
            samesite="Lax",  # the browser sends it when it comes back from Slack
        )
        return response

    async def come_back(request: web.Request) -> web.Response:
        query = request.query
        page = await oauth.finish(
            state=query.get("state", ""),
            cookie=request.cookies.get(COOKIE, ""),
            code=query.get("code", ""),
        )
        response = _response(page)
        response.del_cookie(COOKIE, path=_COOKIE_PATH, secure=True, httponly=True, samesite="Lax")
        return response

    return [
        web.get(INSTALL_PATH, begin, allow_head=False),
        web.get(REDIRECT_PATH, come_back, allow_head=False),
    ]


def _response(page: Page) -> web.Response:
    return web.Response(status=page.status, text=page.html(), content_type="text/html", headers=pages.HEADERS)
