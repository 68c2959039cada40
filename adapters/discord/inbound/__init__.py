"""What comes from Discord: commands, presses, forms, reactions, and the answers they get."""
