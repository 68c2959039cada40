"""Export, forget, and leave: what a person or a workspace may ask about its data."""
