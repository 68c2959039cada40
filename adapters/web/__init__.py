"""The web server of the process: the playground, the admin page and `/metrics`."""

from adapters.web.playground.adapter import WebAdapter

__all__ = ["WebAdapter"]
