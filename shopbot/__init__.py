"""shopbot: suggested replies for online stores, found in the store's own knowledge, never invented.

The package imports in milliseconds; heavy libraries are loaded where they are used.
"""

__version__ = "0.1.0"
