"""From cards and forms to Discord components. Pure."""
