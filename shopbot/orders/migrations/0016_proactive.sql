-- News that agents see first, and shoppers who wait for goods. Portable subset as in 0001.

-- The table is made anew: a message may be held, and may speak to a visitor instead of an order's buyer.
-- kind: what of rules/proactive.yaml it is, blank for answers to what was done. held: not before somebody
-- released it, or held_until, when it goes or lapses (then_what). note is why staff dropped it.
CREATE TABLE outgoing_messages_new (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT,
  visitor TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL CHECK (subject <> ''),
  kind TEXT NOT NULL DEFAULT '',
  phrase TEXT NOT NULL CHECK (phrase <> ''),
  variables TEXT NOT NULL DEFAULT '{}',
  dedupe_key TEXT NOT NULL CHECK (dedupe_key <> ''),
  urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('held', 'waiting', 'sent', 'dropped')),
  why TEXT NOT NULL DEFAULT '',
  held_until TEXT,
  then_what TEXT NOT NULL DEFAULT '' CHECK (then_what IN ('', 'go', 'lapse')),
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT,
  note TEXT NOT NULL DEFAULT '',
  not_before TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  sent_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK ((state = 'dropped') = (why <> '')),
  CHECK ((order_number IS NULL) = (visitor <> '')),
  CHECK (state <> 'held' OR held_until IS NOT NULL),
  CHECK ((held_until IS NULL) = (then_what = '')),
  CHECK ((decided_by = '') = (decided_at IS NULL)),
  CHECK (note = '' OR state = 'dropped')
);

INSERT INTO outgoing_messages_new
  (
    id, store_id, order_number, subject, phrase, variables, dedupe_key, urgent, state, why,
    not_before, expires_at, created_at, sent_at, version
  )
SELECT
  id, store_id, order_number, subject, phrase, variables, dedupe_key, urgent, state, why,
  not_before, expires_at, created_at, sent_at, version
FROM outgoing_messages;

DROP TABLE outgoing_messages;

ALTER TABLE outgoing_messages_new RENAME TO outgoing_messages;

-- The same thing is never planned twice.
CREATE UNIQUE INDEX outgoing_messages_once ON outgoing_messages (store_id, dedupe_key);

CREATE INDEX outgoing_messages_due ON outgoing_messages (store_id, state, not_before);

CREATE INDEX outgoing_messages_order ON outgoing_messages (store_id, order_number, state);

CREATE INDEX outgoing_messages_visitor ON outgoing_messages (store_id, visitor, state)
  WHERE visitor <> '';

-- Somebody who asked for goods that were not there (到货通知). colour, size: blank for any. due: they are
-- there again and the message of message_id tells it; it is open again when they are gone before.
CREATE TABLE restock_wishes (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  visitor TEXT NOT NULL CHECK (visitor <> ''),
  product TEXT NOT NULL CHECK (product <> ''),
  name TEXT NOT NULL,
  colour TEXT NOT NULL DEFAULT '',
  size TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN
    ('open', 'due', 'told', 'bought', 'stopped', 'lapsed', 'dropped')),
  message_id TEXT NOT NULL DEFAULT '',
  times INTEGER NOT NULL DEFAULT 0 CHECK (times >= 0),
  why TEXT NOT NULL DEFAULT '',
  asked_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  CHECK ((state IN ('open', 'due')) = (ended_at IS NULL)),
  CHECK (state <> 'due' OR message_id <> '')
);

CREATE UNIQUE INDEX restock_wishes_one ON restock_wishes (store_id, visitor, product, colour, size)
  WHERE ended_at IS NULL;

CREATE INDEX restock_wishes_open ON restock_wishes (store_id, product) WHERE ended_at IS NULL;
