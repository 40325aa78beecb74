-- Reviews of buyers, and the calls that bad ones bring. Portable subset as in 0001.

-- kind: the first review of a line, or what its buyer added later (追评). source_id is the platform's id
-- of the review, or made of order, item and kind where it tells none. rating: 1 to 5, NULL when not told;
-- sentiment and aspects were read from the text. A review may come before its order: no foreign key.
CREATE TABLE reviews (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  source TEXT NOT NULL,
  source_id TEXT NOT NULL CHECK (source_id <> ''),
  kind TEXT NOT NULL CHECK (kind IN ('first', 'follow')),
  order_number TEXT NOT NULL CHECK (order_number <> ''),
  line_no INTEGER CHECK (line_no >= 1),
  sku TEXT NOT NULL DEFAULT '',
  title TEXT NOT NULL DEFAULT '',
  buyer TEXT NOT NULL DEFAULT '',
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  text TEXT NOT NULL DEFAULT '',
  pictures TEXT NOT NULL DEFAULT '[]',
  at TEXT NOT NULL,
  sentiment TEXT NOT NULL CHECK (sentiment IN ('pos', 'neg', 'neutral')),
  probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
  aspects TEXT NOT NULL DEFAULT '{}',
  answer TEXT NOT NULL DEFAULT '',
  answered_at TEXT,
  answered_by TEXT NOT NULL DEFAULT '',
  as_of TEXT NOT NULL,
  created_at TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  CHECK (rating IS NOT NULL OR text <> ''),
  CHECK ((answered_at IS NULL) = (answer = ''))
);

CREATE UNIQUE INDEX reviews_once ON reviews (store_id, source_id, kind);

CREATE INDEX reviews_order ON reviews (store_id, order_number, at);

CREATE INDEX reviews_at ON reviews (store_id, at, id);

-- A buyer who is not content is called: open until somebody reached them, gave up or need not any more.
CREATE TABLE review_calls (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  review_id TEXT NOT NULL REFERENCES reviews (id),
  order_number TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'unreached', 'dropped')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  due_at TEXT NOT NULL,
  result TEXT NOT NULL DEFAULT '' CHECK (result IN
    ('', 'solved', 'apologised', 'case-opened', 'refused', 'wrong-number', 'no-answer', 'other')),
  cause TEXT NOT NULL DEFAULT '' CHECK (cause IN
    ('', 'quality', 'size', 'logistics', 'service', 'price', 'wrong-item', 'description',
     'expectation', 'other')),
  note TEXT NOT NULL DEFAULT '',
  done_by TEXT NOT NULL DEFAULT '',
  opened_at TEXT NOT NULL,
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK (state <> 'done' OR result NOT IN ('', 'no-answer'))
);

CREATE UNIQUE INDEX review_calls_one_open ON review_calls (review_id) WHERE state = 'open';

CREATE INDEX review_calls_state ON review_calls (store_id, state, due_at);

CREATE INDEX review_calls_ended ON review_calls (store_id, ended_at) WHERE ended_at IS NOT NULL;
