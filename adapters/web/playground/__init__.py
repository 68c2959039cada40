"""The playground: a chat in the browser, with an inspector and tools for trying things."""
