"""The desk: who is there, who waits, who gets which talk, what people still have to do.

Talks are opaque ids here; :mod:`shopbot.chat` tells the shopper what the desk decides.
"""
