-- How talks end and what is kept of them; whose orders were shown in which browser.

CREATE TABLE conversation_ratings (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
  tags TEXT NOT NULL DEFAULT '[]',
  words TEXT NOT NULL DEFAULT '',
  agent TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, conversation),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE INDEX conversation_ratings_at ON conversation_ratings (store_id, at);

-- 咨询即时记录: one for each time a talk was closed.
CREATE TABLE conversation_records (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  part INTEGER NOT NULL CHECK (part >= 1),
  visitor TEXT NOT NULL,
  customer TEXT NOT NULL DEFAULT '',
  channel TEXT NOT NULL DEFAULT '',
  topics TEXT NOT NULL DEFAULT '[]',
  questions TEXT NOT NULL DEFAULT '[]',
  open_questions TEXT NOT NULL DEFAULT '[]',
  product TEXT NOT NULL DEFAULT '',
  order_number TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL CHECK (outcome <> ''),
  agents TEXT NOT NULL DEFAULT '[]',
  reason TEXT NOT NULL DEFAULT '',
  messages_shopper INTEGER NOT NULL DEFAULT 0,
  messages_bot INTEGER NOT NULL DEFAULT 0,
  messages_agent INTEGER NOT NULL DEFAULT 0,
  started_at TEXT NOT NULL,
  closed_at TEXT NOT NULL,
  first_answer_ms INTEGER,
  first_human_ms INTEGER,
  note TEXT NOT NULL DEFAULT '',
  noted_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (store_id, conversation, part),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);

CREATE INDEX conversation_records_closed ON conversation_records (store_id, closed_at);

-- In whose browser an order was shown to be theirs: where news of it may be told.
CREATE TABLE conversation_orders (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  visitor TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, order_number, visitor)
);

-- When a shopper's page was last opened again after the line had dropped.
CREATE TABLE conversation_here (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, conversation),
  FOREIGN KEY (store_id, conversation) REFERENCES conversations (store_id, id)
);
