-- Orders, parcels and after-sale cases. Portable subset: TEXT ids made in Python, fixed-width UTC
-- times, 0/1 booleans, JSON that SQL never looks into. Money is integer fen. NULL: not told by the
-- source. States are those of shopbot/orders/model.py; a test compares the two.

-- rank, as_of and digest order what different files said about an order: the greatest wins, field by
-- field; older names the fields whose present value comes from an earlier one.
CREATE TABLE orders (
  store_id TEXT NOT NULL,
  number TEXT NOT NULL CHECK (number <> ''),
  status TEXT NOT NULL CHECK (status IN
    ('unpaid', 'deposit_paid', 'paid', 'part_shipped', 'shipped', 'finished', 'closed')),
  channel TEXT,
  buyer TEXT,
  title TEXT,
  goods_fen INTEGER CHECK (goods_fen >= 0),
  shipping_fen INTEGER CHECK (shipping_fen >= 0),
  total_fen INTEGER CHECK (total_fen >= 0),
  paid_fen INTEGER CHECK (paid_fen >= 0),
  discount_fen INTEGER CHECK (discount_fen >= 0),
  discount_store_fen INTEGER CHECK (discount_store_fen >= 0),
  discount_platform_fen INTEGER CHECK (discount_platform_fen >= 0),
  discount_points_fen INTEGER CHECK (discount_points_fen >= 0),
  points INTEGER CHECK (points >= 0),
  quantity INTEGER CHECK (quantity >= 0),
  created_at TEXT NOT NULL,
  paid_at TEXT,
  shipped_at TEXT,
  finished_at TEXT,
  closed_at TEXT,
  receiver TEXT,
  phone TEXT,
  address TEXT,
  province TEXT,
  city TEXT,
  district TEXT,
  buyer_note TEXT,
  seller_note TEXT,
  close_reason TEXT,
  invoice_title TEXT,
  payment_method TEXT,
  presale INTEGER CHECK (presale IN (0, 1)),
  presale_ship_by TEXT,
  freight_insurance INTEGER CHECK (freight_insurance IN (0, 1)),
  shop_name TEXT,
  source TEXT NOT NULL,
  rank INTEGER NOT NULL CHECK (rank >= 0),
  as_of TEXT NOT NULL,
  digest TEXT NOT NULL,
  older TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (store_id, number)
);

CREATE INDEX orders_created ON orders (store_id, created_at, number);

CREATE INDEX orders_status ON orders (store_id, status, created_at, number);

CREATE INDEX orders_buyer ON orders (store_id, buyer) WHERE buyer IS NOT NULL;

-- Lines, parcels and courier events may arrive before their order: no foreign key, they wait.
CREATE TABLE order_lines (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  line_no INTEGER NOT NULL CHECK (line_no >= 1),
  identity TEXT NOT NULL,
  title TEXT NOT NULL CHECK (title <> ''),
  sku TEXT,
  known_sku INTEGER NOT NULL DEFAULT 1 CHECK (known_sku IN (0, 1)),
  attributes TEXT,
  colour TEXT,
  size TEXT,
  unit_fen INTEGER NOT NULL CHECK (unit_fen >= 0),
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  paid_fen INTEGER CHECK (paid_fen >= 0),
  gift INTEGER CHECK (gift IN (0, 1)),
  exempt INTEGER CHECK (exempt IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('normal', 'refunding', 'refunded', 'closed')),
  rank INTEGER NOT NULL CHECK (rank >= 0),
  as_of TEXT NOT NULL,
  digest TEXT NOT NULL,
  older TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (store_id, order_number, line_no)
);

CREATE TABLE order_discounts (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('store', 'platform', 'points', 'member', 'other')),
  name TEXT NOT NULL DEFAULT '',
  fen INTEGER NOT NULL CHECK (fen >= 0),
  PRIMARY KEY (store_id, order_number, number),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number)
);

CREATE TABLE order_payments (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('full', 'deposit', 'balance')),
  method TEXT NOT NULL DEFAULT '',
  fen INTEGER NOT NULL CHECK (fen >= 0),
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, order_number, number),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number)
);

CREATE TABLE shipments (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  parcel TEXT NOT NULL CHECK (parcel <> ''),
  carrier TEXT,
  line_nos TEXT NOT NULL DEFAULT '[]',
  shipped_at TEXT,
  state TEXT NOT NULL DEFAULT 'shipped' CHECK (state IN ('shipped', 'cancelled')),
  rank INTEGER NOT NULL DEFAULT 0,
  as_of TEXT NOT NULL,
  digest TEXT NOT NULL,
  older TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  PRIMARY KEY (store_id, order_number, parcel)
);

CREATE INDEX shipments_parcel ON shipments (store_id, parcel, order_number);

CREATE TABLE tracking_events (
  store_id TEXT NOT NULL,
  parcel TEXT NOT NULL CHECK (parcel <> ''),
  at TEXT NOT NULL,
  digest TEXT NOT NULL,
  text TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  raw_status TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL,
  as_of TEXT NOT NULL,
  PRIMARY KEY (store_id, parcel, at, digest)
);

-- When the courier of a parcel was last asked, whether or not it had news.
CREATE TABLE parcel_checks (
  store_id TEXT NOT NULL,
  parcel TEXT NOT NULL,
  as_of TEXT NOT NULL,
  PRIMARY KEY (store_id, parcel)
);

-- Append-only, kept for ever; seq counts up per order without gaps.
CREATE TABLE order_events (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  name TEXT NOT NULL,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (store_id, order_number, seq)
);

CREATE TABLE order_notes (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  author TEXT NOT NULL CHECK (author IN ('buyer', 'agent', 'system')),
  who TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL CHECK (text <> ''),
  at TEXT NOT NULL,
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number)
);

CREATE INDEX order_notes_order ON order_notes (store_id, order_number, at);

CREATE TABLE address_changes (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'applied', 'refused')),
  receiver TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  address TEXT NOT NULL DEFAULT '',
  asked_at TEXT NOT NULL,
  decided_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  CHECK (receiver <> '' OR phone <> '' OR address <> ''),
  CHECK ((state = 'asked') = (decided_at IS NULL))
);

CREATE UNIQUE INDEX address_changes_one_open
  ON address_changes (store_id, order_number) WHERE state = 'asked';

CREATE TABLE order_cases (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  line_no INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('return', 'refund', 'exchange', 'repair', 'resend')),
  reason TEXT NOT NULL CHECK (reason IN
    ('no-reason', 'size', 'quality', 'wrong-item', 'missing-item', 'damaged', 'not-received',
     'cancelled', 'price-difference', 'warranty', 'other')),
  state TEXT NOT NULL CHECK (state IN
    ('requested', 'need_pictures', 'approved', 'shipped_back', 'received', 'inspected', 'disputed',
     'quoted', 'repairing', 'resent', 'refunded', 'finished', 'rejected', 'cancelled', 'closed')),
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  detail TEXT NOT NULL DEFAULT '',
  pictures TEXT NOT NULL DEFAULT '[]',
  freight_payer TEXT CHECK (freight_payer IN ('buyer', 'seller', 'insurance')),
  replacement_sku TEXT NOT NULL DEFAULT '',
  return_parcel TEXT NOT NULL DEFAULT '',
  return_carrier TEXT NOT NULL DEFAULT '',
  resend_parcel TEXT NOT NULL DEFAULT '',
  quote_fen INTEGER CHECK (quote_fen >= 0),
  restocked INTEGER NOT NULL DEFAULT 0 CHECK (restocked >= 0),
  lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),
  deadline TEXT,
  requested_at TEXT NOT NULL,
  received_at TEXT,
  inspected_at TEXT,
  ended_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  FOREIGN KEY (store_id, order_number, line_no)
    REFERENCES order_lines (store_id, order_number, line_no),
  CHECK (restocked + lost <= quantity),
  CHECK ((ended_at IS NOT NULL)
    = (state IN ('refunded', 'finished', 'rejected', 'cancelled', 'closed')))
);

-- One open case per order line.
CREATE UNIQUE INDEX order_cases_one_open ON order_cases (store_id, order_number, line_no)
  WHERE state NOT IN ('refunded', 'finished', 'rejected', 'cancelled', 'closed');

CREATE INDEX order_cases_state ON order_cases (store_id, state, deadline);

CREATE INDEX order_cases_parcel ON order_cases (store_id, return_parcel) WHERE return_parcel <> '';

CREATE TABLE refunds (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  line_no INTEGER,
  case_id TEXT REFERENCES order_cases (id),
  state TEXT NOT NULL CHECK (state IN ('planned', 'approved', 'paid', 'failed', 'dropped')),
  goods_fen INTEGER NOT NULL DEFAULT 0 CHECK (goods_fen >= 0),
  shipping_fen INTEGER NOT NULL DEFAULT 0 CHECK (shipping_fen >= 0),
  difference_fen INTEGER NOT NULL DEFAULT 0 CHECK (difference_fen >= 0),
  freight_fen INTEGER NOT NULL DEFAULT 0 CHECK (freight_fen >= 0),
  points INTEGER NOT NULL DEFAULT 0 CHECK (points >= 0),
  coupons TEXT NOT NULL DEFAULT '[]',
  reason TEXT NOT NULL DEFAULT '',
  due_at TEXT,
  created_at TEXT NOT NULL,
  paid_at TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number),
  CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);

CREATE INDEX refunds_order ON refunds (store_id, order_number, created_at);

-- One refund in force per case: a repeated step cannot pay twice.
CREATE UNIQUE INDEX refunds_one_per_case ON refunds (case_id)
  WHERE case_id IS NOT NULL AND state <> 'dropped';

CREATE TABLE order_mappings (
  store_id TEXT NOT NULL,
  name TEXT NOT NULL CHECK (name <> ''),
  columns TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (store_id, name)
);

-- Who has shown that an order is theirs, and until when that holds.
CREATE TABLE order_proofs (
  store_id TEXT NOT NULL,
  visitor TEXT NOT NULL CHECK (visitor <> ''),
  order_number TEXT NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('token', 'phone')),
  proved_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (store_id, visitor, order_number)
);

-- Failed tries; visitor, address and order are stored as keyed digests only.
CREATE TABLE proof_tries (
  id TEXT PRIMARY KEY,
  store_id TEXT NOT NULL,
  visitor TEXT NOT NULL,
  address TEXT NOT NULL,
  order_digest TEXT NOT NULL,
  at TEXT NOT NULL
);

CREATE INDEX proof_tries_visitor ON proof_tries (store_id, visitor, at);

CREATE INDEX proof_tries_address ON proof_tries (store_id, address, at);

CREATE INDEX proof_tries_order ON proof_tries (store_id, order_digest, at);

-- Tokens of the shop's site that were redeemed: each works once.
CREATE TABLE used_tokens (
  store_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (store_id, nonce)
);

-- Secrets of a store that are made here: the key under which visitors and addresses are digested.
CREATE TABLE order_secrets (
  store_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (store_id, name)
);
