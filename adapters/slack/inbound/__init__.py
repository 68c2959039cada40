"""What comes from Slack: commands, presses, forms, mentions, reactions, and the answers they get."""
