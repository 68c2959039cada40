"""The playground: a chat in the browser, its inspector and its tools."""
