"""Everything that comes from Discord: commands, buttons, forms, reactions, and their answers."""
