"""The platforms, one package each: it knows its platform and the port, and decides nothing.

To add one: a folder here with an implementation of `bot.port.protocols.Adapter`, and its name in PLATFORMS.
The composition root builds it, and the contract tests run against it from then on.
"""

PLATFORMS = ("discord", "slack", "web")
