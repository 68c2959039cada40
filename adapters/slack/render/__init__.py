"""Cards, forms and pages as Slack's blocks. Pure functions."""
