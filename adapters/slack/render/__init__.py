"""From cards, forms and pages to Slack blocks. Pure."""
