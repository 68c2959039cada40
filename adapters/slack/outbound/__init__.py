"""Messages, uploads and galleries for Slack, posted to a durable address."""
