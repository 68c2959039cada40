"""The playground: a web page that is a chat, with the same core, cards and ledger as any platform."""

from adapters.web.adapter import ServeError, WebAdapter

__all__ = ["ServeError", "WebAdapter"]
