"""The core: what happens when somebody asks for a picture, on any platform."""

__version__ = "0.1.0"
