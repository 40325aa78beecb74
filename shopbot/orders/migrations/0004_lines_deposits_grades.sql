-- More of what sources and inspections tell. Portable subset as in 0001.

-- The parcels that a line travels in, apart by blanks.
ALTER TABLE order_lines ADD COLUMN parcels TEXT;

-- 定金, 尾款 and when the first was paid; paid_at is the moment from which the goods are owed.
ALTER TABLE orders ADD COLUMN deposit_fen INTEGER CHECK (deposit_fen >= 0);

ALTER TABLE orders ADD COLUMN balance_fen INTEGER CHECK (balance_fen >= 0);

ALTER TABLE orders ADD COLUMN deposit_paid_at TEXT;

-- In which state the goods of a case came back (shopbot/orders/stock_back.py); it decides their loss.
ALTER TABLE order_cases ADD COLUMN grade TEXT
  CHECK (grade IN ('good', 'opened', 'worn', 'faulty'));
