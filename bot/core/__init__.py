"""The port's Core: hands each request to the room that answers it."""
