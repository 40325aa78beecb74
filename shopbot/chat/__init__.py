"""The talk between shopper, bot and agents: events, understanding, decisions, suggestions, receipts."""
