"""The library: the pictures that were delivered, found again by whoever may see them."""
