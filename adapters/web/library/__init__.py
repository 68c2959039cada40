"""The library: a grid of what was drawn, on the playground's page and on the admins'."""
