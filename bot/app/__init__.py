"""The composition root: builds every part, connects the platforms and runs them."""
