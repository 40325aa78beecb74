-- What every package may use: due work, who did what, answers to repeated requests.
-- Portable subset: TEXT ids made in Python, fixed-width UTC times, 0/1 booleans, JSON that SQL
-- never looks into.

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'dead')),
  due_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  worker TEXT,
  lease_until TEXT,
  last_error TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (store_id, kind, idempotency_key),
  CHECK ((state = 'running') = (worker IS NOT NULL)),
  CHECK ((worker IS NULL) = (lease_until IS NULL))
);

CREATE INDEX jobs_due ON jobs (due_at, id) WHERE state = 'waiting';

CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  at TEXT NOT NULL,
  name TEXT NOT NULL,
  who TEXT NOT NULL,
  subject TEXT NOT NULL,
  data TEXT NOT NULL
);

CREATE INDEX audit_subject ON audit (store_id, subject, id);

CREATE INDEX audit_time ON audit (store_id, at);

CREATE TABLE idempotency (
  store_id TEXT NOT NULL,
  who TEXT NOT NULL,
  route TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (store_id, who, route, idempotency_key)
);

CREATE INDEX idempotency_age ON idempotency (created_at);
