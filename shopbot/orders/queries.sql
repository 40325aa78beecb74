-- Statements of orders, in the portable subset (docs/architecture.md).

-- name: get_order(store_id, number)
-- One order as it is stored.
SELECT
  store_id, number, status, channel, buyer, title, goods_fen, shipping_fen, total_fen, paid_fen,
  discount_fen, discount_store_fen, discount_platform_fen, discount_points_fen, points, quantity,
  created_at, paid_at, shipped_at, finished_at, closed_at, receiver, phone, address, province, city,
  district, buyer_note, seller_note, close_reason, invoice_title, payment_method, deposit_fen,
  balance_fen, deposit_paid_at, presale, presale_ship_by, freight_insurance, shop_name, source,
  rank, as_of, digest, older, version
FROM orders
WHERE store_id = :store_id AND number = :number;

-- name: has_order(store_id, number)
-- Whether an order is there.
SELECT 1 AS there FROM orders WHERE store_id = :store_id AND number = :number;

-- name: add_order(store_id, number, status, channel, buyer, title, goods_fen, shipping_fen, total_fen, paid_fen, discount_fen, discount_store_fen, discount_platform_fen, discount_points_fen, points, quantity, created_at, paid_at, shipped_at, finished_at, closed_at, receiver, phone, address, province, city, district, buyer_note, seller_note, close_reason, invoice_title, payment_method, deposit_fen, balance_fen, deposit_paid_at, presale, presale_ship_by, freight_insurance, shop_name, source, rank, as_of, digest, older)!
-- A new order.
INSERT INTO orders
  (
    store_id, number, status, channel, buyer, title, goods_fen, shipping_fen, total_fen, paid_fen,
    discount_fen, discount_store_fen, discount_platform_fen, discount_points_fen, points, quantity,
    created_at, paid_at, shipped_at, finished_at, closed_at, receiver, phone, address, province,
    city, district, buyer_note, seller_note, close_reason, invoice_title, payment_method,
    deposit_fen, balance_fen, deposit_paid_at, presale, presale_ship_by, freight_insurance,
    shop_name, source, rank, as_of, digest, older
  )
VALUES
  (
    :store_id, :number, :status, :channel, :buyer, :title, :goods_fen, :shipping_fen, :total_fen,
    :paid_fen, :discount_fen, :discount_store_fen, :discount_platform_fen, :discount_points_fen,
    :points, :quantity, :created_at, :paid_at, :shipped_at, :finished_at, :closed_at, :receiver,
    :phone, :address, :province, :city, :district, :buyer_note, :seller_note, :close_reason,
    :invoice_title, :payment_method, :deposit_fen, :balance_fen, :deposit_paid_at, :presale,
    :presale_ship_by, :freight_insurance, :shop_name, :source, :rank, :as_of, :digest, :older
  );

-- name: update_order(status, channel, buyer, title, goods_fen, shipping_fen, total_fen, paid_fen, discount_fen, discount_store_fen, discount_platform_fen, discount_points_fen, points, quantity, created_at, paid_at, shipped_at, finished_at, closed_at, receiver, phone, address, province, city, district, buyer_note, seller_note, close_reason, invoice_title, payment_method, deposit_fen, balance_fen, deposit_paid_at, presale, presale_ship_by, freight_insurance, shop_name, source, rank, as_of, digest, older, store_id, number, version)!
-- Write all fields; changes no row when somebody was faster.
UPDATE orders
SET
  status = :status, channel = :channel, buyer = :buyer, title = :title, goods_fen = :goods_fen,
  shipping_fen = :shipping_fen, total_fen = :total_fen, paid_fen = :paid_fen,
  discount_fen = :discount_fen, discount_store_fen = :discount_store_fen,
  discount_platform_fen = :discount_platform_fen, discount_points_fen = :discount_points_fen,
  points = :points, quantity = :quantity, created_at = :created_at, paid_at = :paid_at,
  shipped_at = :shipped_at, finished_at = :finished_at, closed_at = :closed_at,
  receiver = :receiver, phone = :phone, address = :address, province = :province, city = :city,
  district = :district, buyer_note = :buyer_note, seller_note = :seller_note,
  close_reason = :close_reason, invoice_title = :invoice_title, payment_method = :payment_method,
  deposit_fen = :deposit_fen, balance_fen = :balance_fen, deposit_paid_at = :deposit_paid_at,
  presale = :presale, presale_ship_by = :presale_ship_by, freight_insurance = :freight_insurance,
  shop_name = :shop_name, source = :source, rank = :rank, as_of = :as_of, digest = :digest,
  older = :older,
  version = version + 1
WHERE store_id = :store_id AND number = :number AND version = :version;

-- name: touch_order(store_id, number, version, source, rank, as_of, digest, older)!
-- Nothing new, but it was seen again: only the moment for which the source speaks moves.
UPDATE orders
SET source = :source, rank = :rank, as_of = :as_of, digest = :digest, older = :older
WHERE store_id = :store_id AND number = :number AND version = :version;

-- name: list_orders(store_id, status, buyer, since, until, after_created, after_number, count)
-- Newest first; blank filters do not filter; after_* continue a list.
SELECT
  store_id, number, status, channel, buyer, title, goods_fen, shipping_fen, total_fen, paid_fen,
  discount_fen, discount_store_fen, discount_platform_fen, discount_points_fen, points, quantity,
  created_at, paid_at, shipped_at, finished_at, closed_at, receiver, phone, address, province, city,
  district, buyer_note, seller_note, close_reason, invoice_title, payment_method, deposit_fen,
  balance_fen, deposit_paid_at, presale, presale_ship_by, freight_insurance, shop_name, source,
  rank, as_of, digest, older, version
FROM orders
WHERE store_id = :store_id
  AND (:status = '' OR status = :status)
  AND (:buyer = '' OR buyer = :buyer)
  AND created_at >= :since AND created_at < :until
  AND (created_at < :after_created OR (created_at = :after_created AND number < :after_number))
ORDER BY created_at DESC, number DESC
LIMIT :count;

-- name: count_orders(store_id)
-- How many orders in each state.
SELECT status, COUNT(*) AS orders FROM orders WHERE store_id = :store_id GROUP BY status;

-- name: numbers_between(store_id, low, high, digits, count)
-- Orders whose number may have been rounded to one value.
SELECT number, title, buyer, created_at, total_fen FROM orders
WHERE store_id = :store_id AND number >= :low AND number <= :high AND LENGTH(number) = :digits
ORDER BY number
LIMIT :count;

-- name: list_lines(store_id, order_number)
-- The lines of an order.
SELECT
  store_id, order_number, line_no, identity, known_sku, title, sku, attributes, colour, size,
  unit_fen, quantity, paid_fen, gift, exempt, parcels, status, rank, as_of, digest, older, version
FROM order_lines
WHERE store_id = :store_id AND order_number = :order_number
ORDER BY line_no;

-- name: add_line(store_id, order_number, line_no, identity, known_sku, title, sku, attributes, colour, size, unit_fen, quantity, paid_fen, gift, exempt, parcels, status, rank, as_of, digest, older)!
-- A new line.
INSERT INTO order_lines
  (
    store_id, order_number, line_no, identity, known_sku, title, sku, attributes, colour, size,
    unit_fen, quantity, paid_fen, gift, exempt, parcels, status, rank, as_of, digest, older
  )
VALUES
  (
    :store_id, :order_number, :line_no, :identity, :known_sku, :title, :sku, :attributes, :colour,
    :size, :unit_fen, :quantity, :paid_fen, :gift, :exempt, :parcels, :status, :rank, :as_of,
    :digest, :older
  );

-- name: update_line(identity, known_sku, title, sku, attributes, colour, size, unit_fen, quantity, paid_fen, gift, exempt, parcels, status, rank, as_of, digest, older, store_id, order_number, line_no, version)!
-- Write all fields of a line; changes no row when somebody was faster.
UPDATE order_lines
SET
  identity = :identity, known_sku = :known_sku, title = :title, sku = :sku, attributes =
  :attributes, colour = :colour, size = :size, unit_fen = :unit_fen, quantity = :quantity,
  paid_fen = :paid_fen, gift = :gift, exempt = :exempt, parcels = :parcels, status = :status,
  rank = :rank, as_of = :as_of, digest = :digest, older = :older,
  version = version + 1
WHERE store_id = :store_id AND order_number = :order_number AND line_no = :line_no
  AND version = :version;

-- name: touch_line(store_id, order_number, line_no, version, rank, as_of, digest, older)!
-- Seen again without news.
UPDATE order_lines
SET rank = :rank, as_of = :as_of, digest = :digest, older = :older
WHERE store_id = :store_id AND order_number = :order_number AND line_no = :line_no
  AND version = :version;

-- name: get_shipment(store_id, order_number, parcel)
-- One parcel of an order.
SELECT
  store_id, order_number, parcel, carrier, line_nos, shipped_at, state, rank, as_of, digest,
  older, version
FROM shipments
WHERE store_id = :store_id AND order_number = :order_number AND parcel = :parcel;

-- name: find_sharing(store_id, parcel, order_number, buyer)
-- Another buyer's order with the same parcel number.
SELECT t.order_number
FROM shipments AS t
JOIN orders AS o ON o.store_id = t.store_id AND o.number = t.order_number
WHERE t.store_id = :store_id AND t.parcel = :parcel AND t.order_number <> :order_number
  AND COALESCE(o.buyer, '') <> :buyer
ORDER BY t.order_number
LIMIT 1;

-- name: orders_of_parcel(store_id, parcel)
-- Which orders a parcel carries.
SELECT order_number FROM shipments
WHERE store_id = :store_id AND parcel = :parcel
ORDER BY order_number;

-- name: add_shipment(store_id, order_number, parcel, carrier, line_nos, shipped_at, rank, as_of, digest)!
-- A new parcel.
INSERT INTO shipments
  (store_id, order_number, parcel, carrier, line_nos, shipped_at, rank, as_of, digest)
VALUES
  (:store_id, :order_number, :parcel, :carrier, :line_nos, :shipped_at, :rank, :as_of, :digest);

-- name: update_shipment(carrier, shipped_at, as_of, digest, older, step, store_id, order_number, parcel, version)!
-- Write what a source tells about a parcel.
UPDATE shipments
SET carrier = :carrier, shipped_at = :shipped_at, as_of = :as_of, digest = :digest, older = :older,
    version = version + :step
WHERE store_id = :store_id AND order_number = :order_number AND parcel = :parcel
  AND version = :version;

-- name: put_payment(store_id, order_number, number, kind, method, fen, at)!
-- Money that came in, as last told.
INSERT INTO order_payments (store_id, order_number, number, kind, method, fen, at)
VALUES (:store_id, :order_number, :number, :kind, :method, :fen, :at)
ON CONFLICT (store_id, order_number, number)
DO UPDATE SET kind = excluded.kind, method = excluded.method, fen = excluded.fen, at = excluded.at;

-- name: drop_payments(store_id, order_number)!
-- Forget what was told before; the new ones follow in the same transaction.
DELETE FROM order_payments WHERE store_id = :store_id AND order_number = :order_number;

-- name: put_discount(store_id, order_number, number, kind, name, fen)!
-- A discount, as last told.
INSERT INTO order_discounts (store_id, order_number, number, kind, name, fen)
VALUES (:store_id, :order_number, :number, :kind, :name, :fen)
ON CONFLICT (store_id, order_number, number)
DO UPDATE SET kind = excluded.kind, name = excluded.name, fen = excluded.fen;

-- name: drop_discounts(store_id, order_number)!
-- Forget what was told before; the new ones follow in the same transaction.
DELETE FROM order_discounts WHERE store_id = :store_id AND order_number = :order_number;

-- name: add_tracking(store_id, parcel, at, digest, text, place, raw_status, source, as_of)!
-- One line of a courier's record; known ones change nothing.
INSERT INTO tracking_events (store_id, parcel, at, digest, text, place, raw_status, source, as_of)
VALUES (:store_id, :parcel, :at, :digest, :text, :place, :raw_status, :source, :as_of)
ON CONFLICT (store_id, parcel, at, digest) DO NOTHING;

-- name: put_parcel_check(store_id, parcel, as_of)!
-- The courier was asked; the latest moment holds.
INSERT INTO parcel_checks (store_id, parcel, as_of) VALUES (:store_id, :parcel, :as_of)
ON CONFLICT (store_id, parcel) DO UPDATE SET as_of = excluded.as_of
WHERE parcel_checks.as_of < excluded.as_of;

-- name: add_event(store_id, order_number, name, at, who, data)!
-- Append to what happened to an order.
INSERT INTO order_events (store_id, order_number, seq, name, at, who, data)
SELECT :store_id, :order_number, COALESCE(MAX(seq), 0) + 1, :name, :at, :who, :data
FROM order_events
WHERE store_id = :store_id AND order_number = :order_number;

-- name: list_events(store_id, order_number, after)
-- What happened to an order after a seq, oldest first.
SELECT store_id, order_number, seq, name, at, who, data FROM order_events
WHERE store_id = :store_id AND order_number = :order_number AND seq > :after
ORDER BY seq;

-- name: get_mapping(store_id, name)
-- A saved mapping of column names.
SELECT name, columns, updated_at FROM order_mappings WHERE store_id = :store_id AND name = :name;

-- name: put_mapping(store_id, name, columns, now)!
-- Save a mapping under a name.
INSERT INTO order_mappings (store_id, name, columns, updated_at)
VALUES (:store_id, :name, :columns, :now)
ON CONFLICT (store_id, name)
DO UPDATE SET columns = excluded.columns, updated_at = excluded.updated_at;

-- name: list_mappings(store_id)
-- All saved mappings.
SELECT name, columns, updated_at FROM order_mappings WHERE store_id = :store_id ORDER BY name;

-- name: get_case(store_id, id)
-- One after-sale case.
SELECT
  id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures,
  freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade,
  restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at, version
FROM order_cases
WHERE store_id = :store_id AND id = :id;

-- name: list_cases(store_id, kind, state, since, until, count)
-- Cases of a store, oldest first; blank filters do not filter.
SELECT
  id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures,
  freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade,
  restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at, version
FROM order_cases
WHERE store_id = :store_id
  AND (:kind = '' OR kind = :kind)
  AND (:state = '' OR state = :state)
  AND requested_at >= :since AND requested_at < :until
ORDER BY requested_at, id
LIMIT :count;

-- name: due_cases(store_id, now, count)
-- Open cases whose time limit has passed, longest overdue first.
SELECT
  id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures,
  freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade,
  restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at, version
FROM order_cases
WHERE store_id = :store_id AND deadline <= :now AND ended_at IS NULL
ORDER BY deadline, id
LIMIT :count;

-- name: add_case(id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures, freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade, restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at)!
-- A new case; the schema refuses a second open one for the line.
INSERT INTO order_cases
  (
    id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures,
    freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade,
    restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at
  )
VALUES
  (
    :id, :store_id, :order_number, :line_no, :kind, :reason, :state, :quantity, :detail, :pictures,
    :freight_payer, :replacement_sku, :return_parcel, :return_carrier, :resend_parcel, :quote_fen,
    :grade, :restocked, :lost, :deadline, :requested_at, :received_at, :inspected_at, :ended_at
  );

-- name: update_case(reason, state, quantity, detail, pictures, freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade, restocked, lost, deadline, received_at, inspected_at, ended_at, store_id, id, version)!
-- Write a case; changes no row when somebody was faster.
UPDATE order_cases
SET
  reason = :reason, state = :state, quantity = :quantity, detail = :detail, pictures = :pictures,
  freight_payer = :freight_payer, replacement_sku = :replacement_sku,
  return_parcel = :return_parcel, return_carrier = :return_carrier, resend_parcel = :resend_parcel,
  quote_fen = :quote_fen, grade = :grade, restocked = :restocked, lost = :lost,
  deadline = :deadline, received_at = :received_at, inspected_at = :inspected_at,
  ended_at = :ended_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version;

-- name: get_refund(store_id, id)
-- One refund.
SELECT
  id, store_id, order_number, line_no, case_id, state, goods_fen, shipping_fen, difference_fen,
  freight_fen, points, coupons, reason, due_at, created_at, paid_at, version
FROM refunds
WHERE store_id = :store_id AND id = :id;

-- name: add_refund(id, store_id, order_number, line_no, case_id, state, goods_fen, shipping_fen, difference_fen, freight_fen, points, coupons, reason, due_at, created_at, paid_at)!
-- A new refund; adds no row if all refunds in force together would exceed what was paid (the buyer's
-- own freight is not part of that).
INSERT INTO refunds
  (
    id, store_id, order_number, line_no, case_id, state, goods_fen, shipping_fen, difference_fen,
    freight_fen, points, coupons, reason, due_at, created_at, paid_at
  )
SELECT
  :id, :store_id, :order_number, :line_no, :case_id, :state, :goods_fen, :shipping_fen,
  :difference_fen, :freight_fen, :points, :coupons, :reason, :due_at, :created_at, :paid_at
FROM orders
WHERE store_id = :store_id AND number = :order_number
  AND COALESCE(paid_fen, 0) >= :goods_fen + :shipping_fen + :difference_fen + (
    SELECT COALESCE(SUM(goods_fen + shipping_fen + difference_fen), 0) FROM refunds
    WHERE store_id = :store_id AND order_number = :order_number AND state <> 'dropped'
  );

-- name: update_refund(state, reason, due_at, paid_at, store_id, id, version)!
-- Move a refund on; its amounts stay. Changes no row when somebody was faster.
UPDATE refunds
SET state = :state, reason = :reason, due_at = :due_at, paid_at = :paid_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version;

-- name: add_note(id, store_id, order_number, author, who, text, at)!
-- A remark on an order.
INSERT INTO order_notes (id, store_id, order_number, author, who, text, at)
VALUES (:id, :store_id, :order_number, :author, :who, :text, :at);

-- name: add_address_change(id, store_id, order_number, state, receiver, phone, address, asked_at, decided_at)!
-- A wish to send elsewhere; the schema refuses a second open one.
INSERT INTO address_changes
  (id, store_id, order_number, state, receiver, phone, address, asked_at, decided_at)
VALUES
  (:id, :store_id, :order_number, :state, :receiver, :phone, :address, :asked_at, :decided_at);

-- name: decide_address_change(store_id, id, state, decided_at, version)!
-- Apply or refuse it; changes no row when somebody was faster.
UPDATE address_changes
SET state = :state, decided_at = :decided_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state = 'asked';

-- name: get_proof(store_id, visitor, order_number, now)
-- A proof that still holds.
SELECT how, proved_at, expires_at FROM order_proofs
WHERE store_id = :store_id AND visitor = :visitor AND order_number = :order_number
  AND expires_at > :now;

-- name: list_proofs(store_id, visitor, now)
-- The orders that a visitor has proved and that still hold.
SELECT order_number, how, proved_at, expires_at FROM order_proofs
WHERE store_id = :store_id AND visitor = :visitor AND expires_at > :now
ORDER BY order_number;

-- name: put_proof(store_id, visitor, order_number, how, proved_at, expires_at)!
-- An order is shown to be a visitor's; a later proof holds longer.
INSERT INTO order_proofs (store_id, visitor, order_number, how, proved_at, expires_at)
VALUES (:store_id, :visitor, :order_number, :how, :proved_at, :expires_at)
ON CONFLICT (store_id, visitor, order_number)
DO UPDATE SET how = excluded.how, proved_at = excluded.proved_at, expires_at = excluded.expires_at;

-- name: count_tries(store_id, visitor, address, order_digest, hour, day)
-- Failed tries: of the visitor and of the address within the hour, at the order within the day; and
-- the oldest of those that count for the hour.
SELECT
  (SELECT COUNT(*) FROM proof_tries
   WHERE store_id = :store_id AND visitor = :visitor AND at > :hour) AS by_visitor,
  (SELECT COUNT(*) FROM proof_tries
   WHERE store_id = :store_id AND address = :address AND at > :hour) AS by_address,
  (SELECT COUNT(*) FROM proof_tries
   WHERE store_id = :store_id AND order_digest = :order_digest AND at > :day) AS at_order,
  (SELECT MIN(at) FROM proof_tries
   WHERE store_id = :store_id AND (visitor = :visitor OR address = :address) AND at > :hour)
    AS oldest;

-- name: add_try(id, store_id, visitor, address, order_digest, at)!
-- Write down a failed try.
INSERT INTO proof_tries (id, store_id, visitor, address, order_digest, at)
VALUES (:id, :store_id, :visitor, :address, :order_digest, :at);

-- name: forget_tries(before)!
-- Clear tries that count no more.
DELETE FROM proof_tries WHERE at < :before;

-- name: use_token(store_id, nonce, expires_at)!
-- Redeem a token; changes no row the second time.
INSERT INTO used_tokens (store_id, nonce, expires_at) VALUES (:store_id, :nonce, :expires_at)
ON CONFLICT (store_id, nonce) DO NOTHING;

-- name: forget_tokens(before)!
-- Clear redeemed tokens that have expired anyway.
DELETE FROM used_tokens WHERE expires_at < :before;

-- name: forget_proofs(before)!
-- Clear proofs that hold no more.
DELETE FROM order_proofs WHERE expires_at < :before;

-- name: get_phone(store_id, number)
-- The phone of an order, for comparing its end.
SELECT phone FROM orders WHERE store_id = :store_id AND number = :number;

-- name: add_secret(store_id, name, value)!
-- A secret of the store, made once.
INSERT INTO order_secrets (store_id, name, value) VALUES (:store_id, :name, :value)
ON CONFLICT (store_id, name) DO NOTHING;

-- name: get_secret(store_id, name)
-- A secret of the store.
SELECT value FROM order_secrets WHERE store_id = :store_id AND name = :name;

-- name: add_message(id, store_id, order_number, visitor, subject, kind, phrase, variables, dedupe_key, urgent, state, held_until, then_what, not_before, expires_at, created_at)!
-- A message to a shopper; changes no row when it was planned before.
INSERT INTO outgoing_messages
  (
    id, store_id, order_number, visitor, subject, kind, phrase, variables, dedupe_key, urgent,
    state, held_until, then_what, not_before, expires_at, created_at
  )
VALUES
  (
    :id, :store_id, :order_number, :visitor, :subject, :kind, :phrase, :variables, :dedupe_key,
    :urgent, :state, :held_until, :then_what, :not_before, :expires_at, :created_at
  )
ON CONFLICT (store_id, dedupe_key) DO NOTHING;

-- name: overtake_messages(store_id, order_number, subject)!
-- What still waits about a subject is not wanted any more.
UPDATE outgoing_messages
SET state = 'dropped', why = 'overtaken', version = version + 1
WHERE store_id = :store_id AND order_number = :order_number AND subject = :subject
  AND state IN ('held', 'waiting');

-- name: put_off_message(store_id, id, version, not_before)!
-- Not now; changes no row when somebody was faster.
UPDATE outgoing_messages
SET not_before = :not_before, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state = 'waiting';

-- name: drop_message(store_id, id, version, why)!
-- Not at all; changes no row when somebody was faster.
UPDATE outgoing_messages
SET state = 'dropped', why = :why, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state IN ('held', 'waiting');

-- name: decide_message(store_id, id, version, state, why, note, decided_by, decided_at, not_before, expires_at)!
-- What was held goes, or does not; changes no row when somebody was faster.
UPDATE outgoing_messages
SET state = :state, why = :why, note = :note, decided_by = :decided_by, decided_at = :decided_at,
    not_before = :not_before, expires_at = :expires_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state = 'held';

-- name: mark_message_sent(store_id, id, version, sent_at)!
-- Delivered; changes no row when somebody was faster.
UPDATE outgoing_messages
SET state = 'sent', sent_at = :sent_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state = 'waiting';

-- name: due_messages(store_id, now, count)
-- Waiting messages whose time has come, oldest first.
SELECT
  id, store_id, order_number, visitor, subject, kind, phrase, variables, dedupe_key, urgent, state,
  why, held_until, then_what, decided_by, decided_at, note, not_before, expires_at, created_at,
  sent_at, version
FROM outgoing_messages
WHERE store_id = :store_id AND state = 'waiting' AND not_before <= :now
ORDER BY not_before, created_at, id
LIMIT :count;

-- name: get_message(store_id, id)
-- One message.
SELECT
  id, store_id, order_number, visitor, subject, kind, phrase, variables, dedupe_key, urgent, state,
  why, held_until, then_what, decided_by, decided_at, note, not_before, expires_at, created_at,
  sent_at, version
FROM outgoing_messages
WHERE store_id = :store_id AND id = :id;

-- name: held_messages(store_id, count)
-- What agents look at first, whose time ends first.
SELECT
  id, store_id, order_number, visitor, subject, kind, phrase, variables, dedupe_key, urgent, state,
  why, held_until, then_what, decided_by, decided_at, note, not_before, expires_at, created_at,
  sent_at, version
FROM outgoing_messages
WHERE store_id = :store_id AND state = 'held'
ORDER BY held_until, created_at, id
LIMIT :count;

-- name: sent_to_visitor(store_id, visitor, since)
-- What a visitor was sent since a time that spoke of no order.
SELECT '' AS order_number, phrase, sent_at FROM outgoing_messages
WHERE store_id = :store_id AND visitor = :visitor AND state = 'sent' AND sent_at >= :since
ORDER BY sent_at, id;

-- name: messages_of_order(store_id, order_number)
-- All messages about an order, oldest first.
SELECT
  id, store_id, order_number, visitor, subject, kind, phrase, variables, dedupe_key, urgent, state,
  why, held_until, then_what, decided_by, decided_at, note, not_before, expires_at, created_at,
  sent_at, version
FROM outgoing_messages
WHERE store_id = :store_id AND order_number = :order_number
ORDER BY created_at, id;

-- name: sent_to_person(store_id, order_number, since)
-- What the buyer of an order was sent since a time, about any of their orders. Buyers are the same
-- when name and phone are; without a name the order stands for itself.
SELECT m.order_number, m.phrase, m.sent_at
FROM outgoing_messages AS m
JOIN orders AS o ON o.store_id = m.store_id AND o.number = m.order_number
JOIN orders AS mine ON mine.store_id = m.store_id AND mine.number = :order_number
WHERE m.store_id = :store_id AND m.state = 'sent' AND m.sent_at >= :since
  AND (o.number = mine.number OR (
    mine.buyer IS NOT NULL AND o.buyer = mine.buyer
    AND COALESCE(o.phone, '') = COALESCE(mine.phone, '')
  ))
ORDER BY m.sent_at, m.id;

-- name: count_sent(store_id, order_number, phrase)
-- How often an order's buyer was told one thing.
SELECT COUNT(*) AS messages FROM outgoing_messages
WHERE store_id = :store_id AND order_number = :order_number AND phrase = :phrase
  AND state = 'sent';

-- name: add_finding(store_id, order_number, finding, at)!
-- Something was found; changes no row when it was found before.
INSERT INTO order_findings (store_id, order_number, finding, at)
VALUES (:store_id, :order_number, :finding, :at)
ON CONFLICT (store_id, order_number, finding) DO NOTHING;

-- name: has_finding(store_id, order_number, finding)
-- Whether something was found before.
SELECT 1 AS there FROM order_findings
WHERE store_id = :store_id AND order_number = :order_number AND finding = :finding;

-- name: unsent_orders(store_id, after, count)
-- Paid orders of which something is still to be shipped, by number.
SELECT number FROM orders
WHERE store_id = :store_id AND status IN ('paid', 'part_shipped', 'shipped')
  AND status <> 'shipped' AND number > :after
ORDER BY number
LIMIT :count;

-- name: travelling_orders(store_id, since, after, count)
-- Orders with a parcel that is, or was lately, on its way, by number.
SELECT number FROM orders
WHERE store_id = :store_id AND status IN ('paid', 'part_shipped', 'shipped')
  AND status <> 'paid' AND number > :after
  AND EXISTS (
    SELECT 1 FROM shipments AS s
    WHERE s.store_id = orders.store_id AND s.order_number = orders.number
      AND COALESCE(s.shipped_at, s.as_of) >= :since
  )
ORDER BY number
LIMIT :count;

-- name: late_refund_orders(store_id, now, after, count)
-- Orders of which money should have gone back by now, by number.
SELECT DISTINCT order_number AS number FROM refunds
WHERE store_id = :store_id AND state IN ('approved', 'failed') AND due_at <= :now
  AND order_number > :after
ORDER BY order_number
LIMIT :count;

-- name: unsettled_orders(store_id, after, count)
-- Orders that may need a person: not at their end, or with after-sale work, by number.
SELECT number FROM orders
WHERE store_id = :store_id AND status IN ('paid', 'part_shipped', 'shipped') AND number > :after
UNION
SELECT order_number FROM order_cases
WHERE store_id = :store_id AND ended_at IS NULL AND order_number > :after
UNION
SELECT order_number FROM address_changes
WHERE store_id = :store_id AND state = 'asked' AND order_number > :after
UNION
SELECT order_number FROM refunds
WHERE store_id = :store_id AND state IN ('approved', 'failed')
  AND (state = 'failed' OR case_id IS NULL) AND order_number > :after
UNION
SELECT order_number FROM order_tasks
WHERE store_id = :store_id AND state = 'open' AND order_number > :after
ORDER BY number
LIMIT :count;

-- name: orders_of_source(store_id, source)
-- How many orders a source has brought.
SELECT COUNT(*) AS orders FROM orders WHERE store_id = :store_id AND source = :source;

-- name: orders_of_others(store_id, source)
-- How many orders came from anywhere else.
SELECT COUNT(*) AS orders FROM orders WHERE store_id = :store_id AND source <> :source;

-- name: page_cases(store_id, kind, state, since, until, after_requested, after_id, count)
-- Cases of a store, newest first; blank filters do not filter; after_* continue a list.
SELECT
  id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures,
  freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade,
  restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at, version
FROM order_cases
WHERE store_id = :store_id
  AND (:kind = '' OR kind = :kind)
  AND (:state = '' OR state = :state)
  AND requested_at >= :since AND requested_at < :until
  AND (requested_at < :after_requested OR (requested_at = :after_requested AND id < :after_id))
ORDER BY requested_at DESC, id DESC
LIMIT :count;

-- name: find_message(store_id, dedupe_key)
-- A message that was planned under a key.
SELECT id FROM outgoing_messages WHERE store_id = :store_id AND dedupe_key = :dedupe_key;

-- name: same_buyer(store_id, first, second)
-- Whether two orders have one buyer: name and phone are the same.
SELECT 1 AS same FROM orders AS a
JOIN orders AS b ON b.store_id = a.store_id AND b.number = :second
WHERE a.store_id = :store_id AND a.number = :first AND a.buyer IS NOT NULL AND a.buyer = b.buyer
  AND COALESCE(a.phone, '') = COALESCE(b.phone, '');

-- name: add_task(id, store_id, order_number, kind, key, parcel, line_no, wanted, asked_at, due_at)!
-- Something a person has to do; the schema refuses a second open one of the same kind and key.
INSERT INTO order_tasks
  (id, store_id, order_number, kind, key, parcel, line_no, wanted, asked_at, due_at)
VALUES
  (:id, :store_id, :order_number, :kind, :key, :parcel, :line_no, :wanted, :asked_at, :due_at);

-- name: ask_task_again(store_id, order_number, kind, key)!
-- An open task is asked for once more; changes no row when there is none.
UPDATE order_tasks SET times = times + 1, version = version + 1
WHERE store_id = :store_id AND order_number = :order_number AND kind = :kind AND key = :key
  AND state = 'open';

-- name: end_task(store_id, id, version, state, done_by, result, ended_at)!
-- It is done or given up; changes no row when somebody was faster.
UPDATE order_tasks
SET state = :state, done_by = :done_by, result = :result, ended_at = :ended_at,
    version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state = 'open';

-- name: get_task(store_id, id)
-- One task.
SELECT
  id, store_id, order_number, kind, key, state, parcel, line_no, wanted, times, asked_at, due_at,
  done_by, result, ended_at, version
FROM order_tasks
WHERE store_id = :store_id AND id = :id;
