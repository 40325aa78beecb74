-- Buyers who used to come and do not any more, announced once for each silence. Portable subset as in 0001.

CREATE TABLE lost_buyers (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  buyer TEXT NOT NULL CHECK (buyer <> ''),
  last_order TEXT NOT NULL,
  last_at TEXT NOT NULL,
  orders INTEGER NOT NULL CHECK (orders >= 1),
  paid_fen INTEGER NOT NULL CHECK (paid_fen >= 0),
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN
    ('open', 'contacted', 'given-up', 'returned', 'lapsed')),
  note TEXT NOT NULL DEFAULT '',
  done_by TEXT NOT NULL DEFAULT '',
  found_at TEXT NOT NULL,
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, last_order) REFERENCES orders (store_id, number),
  CHECK ((state = 'open') = (ended_at IS NULL))
);

-- The last order before a silence tells it: announced once.
CREATE UNIQUE INDEX lost_buyers_once ON lost_buyers (store_id, buyer, last_order);

CREATE INDEX lost_buyers_open ON lost_buyers (store_id, found_at) WHERE ended_at IS NULL;
