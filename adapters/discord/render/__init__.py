"""Cards and forms as Discord components. Pure."""
