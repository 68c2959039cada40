"""The gateway's painter, which draws through an OpenAI-compatible endpoint."""

from bot.painters.gateway.models import GatewayError
from bot.painters.gateway.painter import GatewayPainter

__all__ = ["GatewayError", "GatewayPainter"]
