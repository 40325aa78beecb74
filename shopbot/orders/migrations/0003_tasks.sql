-- What a person has to do at the platform, the warehouse or the courier. Portable subset as in 0001.

-- key tells tasks of one kind apart: what shall be looked into (a parcel, or blank), or which wish it
-- is. An open one that is asked for again counts up. wanted is what staff read; addresses and phones
-- stand in address_changes alone.
CREATE TABLE order_tasks (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN
    ('urge-warehouse', 'ask-courier', 'intercept', 'check-lost', 'check-not-received',
     'change-address', 'change-item', 'add-note', 'cancel')),
  key TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dropped')),
  parcel TEXT NOT NULL DEFAULT '',
  line_no INTEGER CHECK (line_no >= 1),
  wanted TEXT NOT NULL DEFAULT '',
  times INTEGER NOT NULL DEFAULT 1 CHECK (times >= 1),
  asked_at TEXT NOT NULL,
  due_at TEXT NOT NULL,
  done_by TEXT NOT NULL DEFAULT '',
  result TEXT NOT NULL DEFAULT '',
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK ((state = 'open') = (done_by = ''))
);

CREATE UNIQUE INDEX order_tasks_one_open
  ON order_tasks (store_id, order_number, kind, key) WHERE state = 'open';

CREATE INDEX order_tasks_order ON order_tasks (store_id, order_number, asked_at);

-- Until now a task was a job order.task alone, with the key ORDER:KEY (16 letters) and the kind in its
-- payload. Nobody could say that one was done: all of them become open tasks.
INSERT INTO order_tasks (id, store_id, order_number, kind, key, asked_at, due_at)
SELECT
  'task' || SUBSTR(j.id, 4), j.store_id, o.number,
  CASE
    WHEN j.payload LIKE '%"task": "urge-warehouse"%' THEN 'urge-warehouse'
    WHEN j.payload LIKE '%"task": "ask-courier"%' THEN 'ask-courier'
    WHEN j.payload LIKE '%"task": "intercept"%' THEN 'intercept'
    WHEN j.payload LIKE '%"task": "check-lost"%' THEN 'check-lost'
    WHEN j.payload LIKE '%"task": "check-not-received"%' THEN 'check-not-received'
    WHEN j.payload LIKE '%"task": "change-address"%' THEN 'change-address'
    WHEN j.payload LIKE '%"task": "change-item"%' THEN 'change-item'
    WHEN j.payload LIKE '%"task": "add-note"%' THEN 'add-note'
    ELSE 'cancel'
  END,
  SUBSTR(j.idempotency_key, LENGTH(j.idempotency_key) - 15), j.created_at, j.due_at
FROM jobs AS j
JOIN orders AS o ON o.store_id = j.store_id
  AND o.number = SUBSTR(j.idempotency_key, 1, LENGTH(j.idempotency_key) - 17)
WHERE j.kind = 'order.task';
