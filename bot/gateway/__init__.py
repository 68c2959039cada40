"""The gateway: a Painter that draws through an OpenAI-compatible endpoint."""

from bot.gateway.client import GatewayPainter
from bot.gateway.offered import GatewayError

__all__ = ["GatewayError", "GatewayPainter"]
