"""How Slack reaches the bot: Socket Mode, HTTP events, and Bolt in front of both."""
