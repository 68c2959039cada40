"""The platform adapters, one package each. An adapter knows its platform and the port, and decides nothing.

To add one, make a package here with an implementation of `bot.port.protocols.Adapter`, and add its name to
PLATFORMS. The composition root then builds it, and the contract tests run against it.
"""

PLATFORMS = ("discord", "slack", "web")
