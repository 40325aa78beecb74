"""Knowledge and retrieval: what staff wrote, found again from what shoppers type.

As a library::

    from shopbot.config import load_settings
    from shopbot.kb.service import KnowledgeBase, Query

Nothing heavy is imported here.
"""
