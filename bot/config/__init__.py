"""What the operator decides: settings, and how each is checked."""
