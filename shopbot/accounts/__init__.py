"""Who works here and who visits: users, passwords, sign-ins, visitors, signed identities."""
