"""The Painter port and its implementations: the gateway and the offline samples."""
