"""Everything that comes from Slack (commands, presses, forms, mentions, reactions), and its answers."""
