-- Asking buyers how they were served once after-sale work is done. Portable subset as in 0001.

-- The sample of a month: who is not a member is asked when a digest of seed and order falls below share.
-- Seed and share are written down once, so the choice can be repeated and shown.
CREATE TABLE followup_samples (
  store_id TEXT NOT NULL,
  month TEXT NOT NULL,
  seed TEXT NOT NULL CHECK (seed <> ''),
  share INTEGER NOT NULL CHECK (share BETWEEN 0 AND 100),
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (store_id, month)
);

CREATE TABLE followups (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES order_cases (id),
  order_number TEXT NOT NULL,
  buyer TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL CHECK (why IN ('member', 'sample')),
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN
    ('open', 'done', 'promised', 'declined', 'unreached', 'lapsed')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_at TEXT NOT NULL,
  due_at TEXT NOT NULL,
  result TEXT NOT NULL DEFAULT '' CHECK (result IN
    ('', 'satisfied', 'unsatisfied', 'answered', 'declined', 'wrong-number', 'no-answer')),
  satisfied INTEGER CHECK (satisfied IN (0, 1)),
  score INTEGER CHECK (score BETWEEN 1 AND 5),
  problem TEXT NOT NULL DEFAULT '' CHECK (problem IN
    ('', 'speed', 'result', 'attitude', 'product', 'logistics', 'other')),
  suggestion TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  done_by TEXT NOT NULL DEFAULT '',
  case_ended_at TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  reached_at TEXT,
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  CHECK ((state IN ('open', 'promised')) = (ended_at IS NULL)),
  CHECK (state NOT IN ('done', 'promised') OR satisfied IS NOT NULL)
);

-- A case is followed up once.
CREATE UNIQUE INDEX followups_once ON followups (store_id, case_id);

CREATE INDEX followups_state ON followups (store_id, state, next_at);

CREATE INDEX followups_opened ON followups (store_id, opened_at);
