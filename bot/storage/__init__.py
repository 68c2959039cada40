"""Where pictures and small values are kept."""
