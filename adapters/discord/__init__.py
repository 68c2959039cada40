"""Discord: slash commands, cards that become galleries, buttons and reactions, over one connection."""
