"""What goes to Discord later: messages posted, revised and deleted at a durable address."""
