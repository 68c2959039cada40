"""Jobs: reserve, start, settle or release, deliver; and how to find them."""
