-- Conversations: append-only events with a seq per conversation. Portable subset of SQL.

CREATE TABLE conversations (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  visitor TEXT NOT NULL CHECK (visitor <> ''),
  customer TEXT NOT NULL DEFAULT '',
  channel TEXT NOT NULL DEFAULT 'web',
  mode TEXT NOT NULL CHECK (mode IN ('bot-first', 'human-first', 'assist', 'night')),
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  holder TEXT NOT NULL DEFAULT 'bot' CHECK (holder IN ('bot', 'queue', 'agent')),
  agent TEXT NOT NULL DEFAULT '',
  turn INTEGER NOT NULL DEFAULT 0 CHECK (turn >= 0),
  last_seq INTEGER NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
  started_at TEXT NOT NULL,
  shopper_at TEXT,
  staff_at TEXT,
  reminded_at TEXT,
  closed_at TEXT,
  product TEXT NOT NULL DEFAULT '',
  memory TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (store_id, id),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CHECK ((holder = 'agent') = (agent <> ''))
);

-- A visitor has one open talk with a store.
CREATE UNIQUE INDEX conversations_open ON conversations (store_id, visitor) WHERE state = 'open';
CREATE INDEX conversations_visitor ON conversations (store_id, visitor, started_at);
CREATE INDEX conversations_customer ON conversations (store_id, customer, started_at)
  WHERE customer <> '';
CREATE INDEX conversations_holder ON conversations (store_id, state, holder, shopper_at);

CREATE TABLE conversation_events (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  id TEXT NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind <> ''),
  author TEXT NOT NULL CHECK (author IN ('shopper', 'bot', 'agent', 'system')),
  who TEXT NOT NULL DEFAULT '',
  audience TEXT NOT NULL DEFAULT 'all' CHECK (audience IN ('all', 'staff')),
  turn INTEGER NOT NULL DEFAULT 0,
  client_key TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (store_id, conversation, seq),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE UNIQUE INDEX conversation_events_id ON conversation_events (store_id, id);

-- A message that is sent twice under one key is one message.
CREATE UNIQUE INDEX conversation_events_key
  ON conversation_events (store_id, conversation, author, who, client_key) WHERE client_key <> '';

CREATE TABLE conversation_marks (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('shopper', 'staff')),
  delivered INTEGER NOT NULL DEFAULT 0,
  read INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, conversation, side),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE TABLE conversation_turns (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  state TEXT NOT NULL DEFAULT 'collecting'
    CHECK (state IN ('collecting', 'answered', 'handed-over', 'silent', 'dropped')),
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  opened_at TEXT NOT NULL,
  due_at TEXT NOT NULL,
  answered_by TEXT NOT NULL DEFAULT '',
  answered_at TEXT,
  PRIMARY KEY (store_id, conversation, number),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id),
  CHECK ((answered_by <> '') = (answered_at IS NOT NULL))
);

CREATE INDEX conversation_turns_due ON conversation_turns (state, due_at);

CREATE TABLE suggestions (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  turn INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('knowledge', 'order', 'phrase')),
  text TEXT NOT NULL,
  probability REAL NOT NULL DEFAULT 0,
  entry TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL DEFAULT '',
  file TEXT NOT NULL DEFAULT '',
  line INTEGER NOT NULL DEFAULT 0,
  action TEXT NOT NULL DEFAULT '',
  reasons TEXT NOT NULL DEFAULT '[]',
  why TEXT NOT NULL DEFAULT '{}',
  attachments TEXT NOT NULL DEFAULT '[]',
  chips TEXT NOT NULL DEFAULT '[]',
  state TEXT NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'accepted', 'edited', 'rejected', 'ignored', 'void')),
  made_at TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT,
  final_text TEXT NOT NULL DEFAULT '',
  reject_reason TEXT NOT NULL DEFAULT '',
  message_seq INTEGER,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE INDEX suggestions_turn ON suggestions (store_id, conversation, turn, rank);
CREATE INDEX suggestions_entry ON suggestions (store_id, entry, state);

CREATE TABLE receipts (
  store_id TEXT NOT NULL,
  message TEXT NOT NULL,
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  by_author TEXT NOT NULL,
  who TEXT NOT NULL DEFAULT '',
  sources TEXT NOT NULL DEFAULT '[]',
  rule TEXT NOT NULL DEFAULT '',
  reasons TEXT NOT NULL DEFAULT '[]',
  order_facts TEXT NOT NULL DEFAULT '{}',
  draft TEXT NOT NULL DEFAULT '',
  edited INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1)),
  software TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, message),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE TABLE promises (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what <> ''),
  until TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'kept', 'broken', 'withdrawn')),
  entry TEXT NOT NULL DEFAULT '',
  made_by TEXT NOT NULL,
  made_at TEXT NOT NULL,
  closed_by TEXT NOT NULL DEFAULT '',
  closed_at TEXT,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE INDEX promises_open ON promises (store_id, state, until);

-- What was sent as a picture, voice note or file; the bytes stand in the data folder under a random name.
CREATE TABLE conversation_media (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('picture', 'voice', 'file')),
  content_type TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  file TEXT NOT NULL CHECK (file <> ''),
  size INTEGER NOT NULL CHECK (size > 0),
  width INTEGER NOT NULL DEFAULT 0,
  height INTEGER NOT NULL DEFAULT 0,
  author TEXT NOT NULL,
  who TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE INDEX conversation_media_talk ON conversation_media (store_id, conversation, at);

-- Keys made once, for addresses that hold a short time.
CREATE TABLE chat_secrets (
  store_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (store_id, name)
);
