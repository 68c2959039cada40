"""The Painter port and the painters behind it: the gateway's and the offline samples'."""
