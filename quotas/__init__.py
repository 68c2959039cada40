"""The money: what may be spent, what was spent, and the proof. Knows nothing of chat."""
