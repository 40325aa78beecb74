-- Reminding buyers of what they have not paid. Portable subset as in 0001.

-- The seed by which orders are held out; written down once for each share, so the choice can be repeated.
CREATE TABLE reminder_seeds (
  store_id TEXT NOT NULL,
  share INTEGER NOT NULL CHECK (share BETWEEN 0 AND 100),
  seed TEXT NOT NULL CHECK (seed <> ''),
  recorded_at TEXT NOT NULL,
  PRIMARY KEY (store_id, share)
);

-- Unpaid orders that could be reminded, those that were held out too: what the effect is measured on.
CREATE TABLE payment_reminders (
  store_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('pay', 'balance')),
  held_out INTEGER NOT NULL CHECK (held_out IN (0, 1)),
  entered_at TEXT NOT NULL,
  ended_at TEXT,
  PRIMARY KEY (store_id, order_number, kind),
  FOREIGN KEY (store_id, order_number) REFERENCES orders (store_id, number)
);

CREATE INDEX payment_reminders_open ON payment_reminders (store_id, order_number)
  WHERE ended_at IS NULL;

CREATE INDEX payment_reminders_entered ON payment_reminders (store_id, entered_at);
