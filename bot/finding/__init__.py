"""Pictures found again: one's own by page, one job opened, what is kept, and the library of the web pages."""
