-- Where orders come from over HTTP: how far each source was read, what it told that could not be taken,
-- pushes that were seen. Portable subset as in 0001.

CREATE TABLE order_sources (
  store_id TEXT NOT NULL,
  source TEXT NOT NULL,
  cursor TEXT NOT NULL DEFAULT '',
  as_of TEXT,
  tried_at TEXT NOT NULL,
  ok_at TEXT,
  failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
  open_until TEXT,
  problem TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (store_id, source)
);

CREATE TABLE source_refusals (
  store_id TEXT NOT NULL,
  source TEXT NOT NULL,
  order_number TEXT NOT NULL,
  why TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, source, order_number)
);

CREATE TABLE seen_pushes (
  store_id TEXT NOT NULL,
  hook TEXT NOT NULL,
  digest TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, hook, digest)
);

CREATE INDEX seen_pushes_by_time ON seen_pushes (store_id, at);
