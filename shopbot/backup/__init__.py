"""Backups: everything a store cannot make again, in one verified file, and the way back."""
