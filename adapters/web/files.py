"""The page's own files, and the form that stands before it where a token is needed."""

from collections.abc import Awaitable, Callable
from importlib import resources

from aiohttp import web

_SCRIPTS = (
    "page",
    "dom",
    "here",
    "ask",
    "chat",
    "cards",
    "viewer",
    "dialogs",
    "fields",
    "hints",
    "bench",
    "ledger",
    "inspector",
    "tabs",
    "admin",
    "spending",
    "allowances",
    "audit",
    "changing",
    "forms",
    "lists",
    "office",
)
_STYLES = ("page.css", "admin.css")
PARTS = (
    *((name, "text/css") for name in _STYLES),
    *((f"{name}.js", "text/javascript") for name in _SCRIPTS),
)
FIRST, ADMIN = "/", "/admin"  # where the pages are: the playground, and the admins' page
PAGES = (FIRST, ADMIN)
_LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>imagine · sign in</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<main class="login"><h1>imagine</h1>
<form method="post" action="/login"><input type="hidden" name="to" value="{page}">
<label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button class="primary">Sign in</button></form>
<p>{hint}</p></main></html>"""
_WHERE = "It is what the operator set as IMAGINE_WEB_TOKEN."
_NOT_IT = "That is not the token. " + _WHERE


def served(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler for one file of this package."""

    async def serve(_request: web.Request) -> web.Response:
        return _file(name, kind)

    return serve


def page(name: str) -> web.Response:
    return _file(name, "text/html")


def login(page: str, *, failed: bool = False) -> web.Response:
    """The form before `page`, one of PAGES, which it leads on to."""
    text = _LOGIN.format(page=page, hint=_NOT_IT if failed else _WHERE)
    # Under "no-referrer" a browser sends a form with "Origin: null", as another site's would be.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return web.Response(text=text, content_type="text/html", status=401, headers=headers)


def _file(name: str, kind: str) -> web.Response:
    body = resources.files("adapters.web").joinpath(name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"})
