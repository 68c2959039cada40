"""What goes to Slack later: messages, uploads and galleries at a durable address."""
