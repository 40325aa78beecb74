-- Users, what they sign in with, and visitors. Secrets stand here as digests only.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  name TEXT NOT NULL CHECK (name <> ''),
  display TEXT NOT NULL CHECK (display <> ''),
  role TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'staff', 'admin')),
  password_hash TEXT CHECK (password_hash <> ''),
  is_local INTEGER NOT NULL DEFAULT 0 CHECK (is_local IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  disabled_at TEXT,
  UNIQUE (store_id, name)
);

-- The one admin of a machine nobody else reaches, until there are accounts.
CREATE UNIQUE INDEX users_one_local ON users (store_id) WHERE is_local = 1;

CREATE TABLE user_tokens (
  digest TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL CHECK (kind IN ('session', 'link', 'api')),
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE INDEX user_tokens_user ON user_tokens (user_id, kind);

CREATE INDEX user_tokens_age ON user_tokens (expires_at);

CREATE TABLE visitors (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  customer TEXT CHECK (customer <> ''),
  created_at TEXT NOT NULL
);

CREATE UNIQUE INDEX visitors_customer ON visitors (store_id, customer) WHERE customer IS NOT NULL;

CREATE TABLE visitor_tokens (
  digest TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL REFERENCES visitors (id),
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE INDEX visitor_tokens_visitor ON visitor_tokens (visitor_id);

CREATE INDEX visitor_tokens_age ON visitor_tokens (expires_at);

-- Signed identities that were taken; each works once.
CREATE TABLE used_identities (
  store_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (store_id, digest)
);
