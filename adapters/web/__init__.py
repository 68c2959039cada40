"""The web server of the process: the playground, the admins' page and `/metrics`."""

from adapters.web.playground.adapter import WebAdapter

__all__ = ["WebAdapter"]
