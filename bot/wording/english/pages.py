"""What only the page of whoever runs the bot says."""

PAUSED_HERE = "paused: nothing new is drawn"
