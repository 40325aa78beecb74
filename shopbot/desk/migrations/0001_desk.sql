-- The desk: agents, talks that wait or are held, transfers, tasks. Portable subset of SQL.

CREATE TABLE desk_agents (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL CHECK (name <> ''),
  role TEXT NOT NULL DEFAULT 'agent' CHECK (role IN ('agent', 'supervisor')),
  state TEXT NOT NULL DEFAULT 'off' CHECK (state IN ('online', 'away', 'off')),
  capacity INTEGER CHECK (capacity >= 0),
  since TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  given_at TEXT,
  PRIMARY KEY (store_id, id)
);

CREATE TABLE desk_talks (
  store_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'done')),
  agent TEXT NOT NULL DEFAULT '',
  wanted TEXT NOT NULL DEFAULT '',
  audience TEXT NOT NULL DEFAULT 'agent' CHECK (audience IN ('agent', 'supervisor')),
  shopper TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  priority TEXT NOT NULL DEFAULT 'normal' CHECK (priority IN ('normal', 'high', 'urgent')),
  vip INTEGER NOT NULL DEFAULT 0 CHECK (vip IN (0, 1)),
  since TEXT NOT NULL,
  given_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (store_id, conversation),
  CHECK ((state = 'held') = (agent <> ''))
);

CREATE INDEX desk_talks_state ON desk_talks (store_id, state, since);
CREATE INDEX desk_talks_agent ON desk_talks (store_id, agent) WHERE agent <> '';

-- Who last answered a shopper; first asked stays responsible.
CREATE TABLE desk_known (
  store_id TEXT NOT NULL,
  shopper TEXT NOT NULL,
  agent TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, shopper)
);

CREATE TABLE desk_transfers (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  giver TEXT NOT NULL,
  taker TEXT NOT NULL DEFAULT '',
  audience TEXT NOT NULL DEFAULT 'agent' CHECK (audience IN ('agent', 'supervisor')),
  note TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'accepted', 'returned', 'expired')),
  asked_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  ended_by TEXT NOT NULL DEFAULT '',
  ended_at TEXT,
  PRIMARY KEY (store_id, id),
  CHECK ((state = 'asked') = (ended_at IS NULL))
);

-- A talk is offered to one at a time.
CREATE UNIQUE INDEX desk_transfers_open ON desk_transfers (store_id, conversation)
  WHERE state = 'asked';
CREATE INDEX desk_transfers_due ON desk_transfers (store_id, state, expires_at);

CREATE TABLE desk_tasks (
  store_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind <> ''),
  dedupe_key TEXT NOT NULL,
  conversation TEXT NOT NULL DEFAULT '',
  order_number TEXT NOT NULL DEFAULT '',
  audience TEXT NOT NULL DEFAULT 'agent' CHECK (audience IN ('agent', 'supervisor')),
  agent TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL DEFAULT '{}',
  made_at TEXT NOT NULL,
  due_at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dropped')),
  done_by TEXT NOT NULL DEFAULT '',
  done_at TEXT,
  result TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (store_id, id),
  CHECK ((state = 'open') = (done_at IS NULL))
);

CREATE UNIQUE INDEX desk_tasks_key ON desk_tasks (store_id, kind, dedupe_key);
CREATE INDEX desk_tasks_open ON desk_tasks (store_id, state, due_at);
