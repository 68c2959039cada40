"""What only the page of whoever runs the bot says."""

PAUSED_HERE = "angehalten: es wird nichts Neues gezeichnet"
