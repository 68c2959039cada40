"""The story of one /imagine: parse, reserve, queue, draw, close, deliver."""
