"""The page's own files, and the form that stands before it where a token is needed."""

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import PurePath

from aiohttp import web

_FILES = {  # folder in static/: what is in it; every file is served at the top level
    "": ("page.css", "dom.js", "ask.js", "tabs.js"),
    "playground/": (
        "page.html",
        "page.js",
        "here.js",
        "chat.js",
        "cards.js",
        "viewer.js",
        "dialogs.js",
        "fields.js",
        "hints.js",
        "bench.js",
        "ledger.js",
        "inspector.js",
    ),
    "admin/": (
        "admin.html",
        "admin.css",
        "admin.js",
        "spending.js",
        "allowances.js",
        "audit.js",
        "changing.js",
        "forms.js",
        "lists.js",
        "office.js",
    ),
}
_FOLDER = {name: folder for folder, names in _FILES.items() for name in names}
_TYPES = {".css": "text/css", ".js": "text/javascript"}
PARTS = tuple((name, _TYPES[suffix]) for name in _FOLDER if (suffix := PurePath(name).suffix) in _TYPES)
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
    body = resources.files("adapters.web").joinpath("static", _FOLDER[name] + name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"})
