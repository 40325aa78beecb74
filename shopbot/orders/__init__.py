"""Orders: what was bought, where the parcels are, and after-sale cases to their end."""
