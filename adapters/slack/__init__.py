"""Slack, on slack-bolt: translates between its messages and the port."""
