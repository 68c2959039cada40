"""What more than one platform does the same way."""
