-- Parcels that were lost, damaged or signed for by nobody knows whom: the courier's side and the buyer's.
-- Portable subset as in 0001.

CREATE TABLE parcel_claims (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  parcel TEXT NOT NULL CHECK (parcel <> ''),
  carrier TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL CHECK (kind IN ('lost', 'damaged', 'not-received')),
  state TEXT NOT NULL CHECK (state IN
    ('chasing', 'proving', 'established', 'filed', 'won', 'partly', 'refused', 'found', 'dropped')),
  asked_fen INTEGER NOT NULL DEFAULT 0 CHECK (asked_fen >= 0),
  won_fen INTEGER NOT NULL DEFAULT 0 CHECK (won_fen >= 0),
  papers TEXT NOT NULL DEFAULT '[]',
  note TEXT NOT NULL DEFAULT '',
  opened_by TEXT NOT NULL DEFAULT '',
  opened_at TEXT NOT NULL,
  deadline TEXT,
  filed_at TEXT,
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  CHECK (won_fen <= asked_fen),
  CHECK ((ended_at IS NULL) = (deadline IS NOT NULL)),
  CHECK (state IN ('won', 'partly') OR won_fen = 0)
);

-- One claim about a parcel at a time.
CREATE UNIQUE INDEX parcel_claims_one_open ON parcel_claims (store_id, parcel) WHERE ended_at IS NULL;

CREATE INDEX parcel_claims_order ON parcel_claims (store_id, order_number, opened_at);

CREATE INDEX parcel_claims_list ON parcel_claims (store_id, opened_at, id);

CREATE INDEX parcel_claims_due ON parcel_claims (store_id, deadline) WHERE ended_at IS NULL;

-- What the shop pays a buyer for a parcel, whatever the courier says.
CREATE TABLE claim_compensations (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  claim_id TEXT NOT NULL REFERENCES parcel_claims (id),
  order_number TEXT NOT NULL,
  parcel TEXT NOT NULL,
  fen INTEGER NOT NULL CHECK (fen > 0),
  state TEXT NOT NULL CHECK (state IN ('asked', 'approved', 'denied')),
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  CHECK ((state = 'asked') = (decided_at IS NULL))
);

-- Never twice for one parcel.
CREATE UNIQUE INDEX claim_compensations_once ON claim_compensations (store_id, order_number, parcel)
  WHERE state <> 'denied';

CREATE INDEX claim_compensations_claim ON claim_compensations (claim_id, asked_at);
