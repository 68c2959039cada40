"""Help with the prompt: *Improve* and *Describe*. A language model's text is shown, never drawn by itself."""
