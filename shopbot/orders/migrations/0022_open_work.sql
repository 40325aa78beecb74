-- What the watches and the day's lists look through: the few orders that are open, not all that ever were.
-- The statements repeat these conditions word for word, else the indexes are not used.

CREATE INDEX orders_moving ON orders (store_id, number)
  WHERE status IN ('paid', 'part_shipped', 'shipped');

CREATE INDEX orders_waiting ON orders (store_id, number)
  WHERE status IN ('unpaid', 'deposit_paid');

CREATE INDEX order_cases_open ON order_cases (store_id, order_number) WHERE ended_at IS NULL;

CREATE INDEX refunds_owed ON refunds (store_id, order_number) WHERE state IN ('approved', 'failed');
