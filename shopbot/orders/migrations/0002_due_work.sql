-- What shall be told to shoppers unasked, and what the watches have found. Portable subset as in 0001.

-- A message to be delivered: the phrase and its variables, not the text. subject is what it speaks of
-- (a case, a parcel, the order): a newer message about the same subject overtakes a waiting one.
CREATE TABLE outgoing_messages (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  subject TEXT NOT NULL CHECK (subject <> ''),
  phrase TEXT NOT NULL CHECK (phrase <> ''),
  variables TEXT NOT NULL DEFAULT '{}',
  dedupe_key TEXT NOT NULL CHECK (dedupe_key <> ''),
  urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dropped')),
  why TEXT NOT NULL DEFAULT '',
  not_before TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  sent_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK ((state = 'dropped') = (why <> ''))
);

-- The same thing is never planned twice.
CREATE UNIQUE INDEX outgoing_messages_once ON outgoing_messages (store_id, dedupe_key);

CREATE INDEX outgoing_messages_due ON outgoing_messages (store_id, state, not_before);

CREATE INDEX outgoing_messages_order ON outgoing_messages (store_id, order_number, state);

-- A broken promise, a parcel in trouble: found and told once, kept.
CREATE TABLE order_findings (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  finding TEXT NOT NULL CHECK (finding <> ''),
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, order_number, finding),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number)
);

CREATE INDEX refunds_case ON refunds (store_id, case_id) WHERE case_id IS NOT NULL;
