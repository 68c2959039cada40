"""The gateway's painter, which draws through an OpenAI-compatible endpoint."""

from bot.painters.gateway.painter import GatewayPainter
from bot.painters.port import GatewayError

__all__ = ["GatewayError", "GatewayPainter"]
