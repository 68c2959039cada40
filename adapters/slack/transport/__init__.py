"""Slack's two ways to reach the bot, Socket Mode and HTTP events, and Bolt, which handles both."""
