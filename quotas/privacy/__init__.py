"""Privacy: forgetting people, and what holds for those who come back."""
