"""The playground: a web page that is a chat, with the same core, cards and ledger as any platform."""

from adapters.web.playground.adapter import WebAdapter

__all__ = ["WebAdapter"]
