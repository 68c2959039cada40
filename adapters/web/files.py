"""The static files of both pages, and the sign-in form."""

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import PurePath

from aiohttp import web

# The files in each folder of static/. All are served at the top level, so that their names must differ.
_FILES = {
    "": ("page.css", "library.css", "dom.js", "ask.js", "tabs.js", "viewer.js", "zoom.js", "drag.js"),
    "library/": ("library.js", "tiles.js"),
    "playground/": (
        "page.html",
        "page.js",
        "here.js",
        "chat.js",
        "cards.js",
        "panel.js",
        "dialogs.js",
        "fields.js",
        "pictures.js",
        "brush.js",
        "hints.js",
        "bench.js",
        "ledger.js",
        "inspector.js",
        "keeping.js",
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
ASSETS = tuple((name, _TYPES[suffix]) for name in _FOLDER if (suffix := PurePath(name).suffix) in _TYPES)
HOME, ADMIN = "/", "/admin"  # the paths of the playground and the admins' page
LOGIN = "/login"
PAGES = (HOME, ADMIN)
_LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>imagine · sign in</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<main class="login"><h1>imagine</h1>
<form method="post" action="/login"><input type="hidden" name="to" value="{page}">
<label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button class="primary">Sign in</button></form>
<p>{hint}</p></main></html>"""
_TOKEN_HINT = "It is what the operator set as IMAGINE_WEB_TOKEN."
_WRONG_TOKEN = "That is not the token. " + _TOKEN_HINT


def file_handler(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that serves one static file as the content type `kind`."""

    async def serve(_request: web.Request) -> web.Response:
        return _file(name, kind)

    return serve


def page_response(name: str) -> web.Response:
    return _file(name, "text/html")


def login_response(page: str, *, failed: bool = False) -> web.Response:
    """Return the sign-in form, status 401. It leads on to `page`, one of PAGES."""
    text = _LOGIN.format(page=page, hint=_WRONG_TOKEN if failed else _TOKEN_HINT)
    # Under "no-referrer" a browser sends a form with "Origin: null", as another site's form.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return web.Response(text=text, content_type="text/html", status=401, headers=headers)


def _file(name: str, kind: str) -> web.Response:
    body = resources.files("adapters.web").joinpath("static", _FOLDER[name] + name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"})
