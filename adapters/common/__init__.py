"""Tools that more than one platform's adapter uses."""
