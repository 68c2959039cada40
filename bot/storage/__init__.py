"""Storage for pictures and for small values."""
