-- Statements of follow-ups, in the portable subset (docs/architecture.md).

-- name: get_followup(store_id, id)
-- One follow-up.
SELECT
  id, store_id, case_id, order_number, buyer, why, state, attempts, next_at, due_at, result,
  satisfied, score, problem, suggestion, note, done_by, case_ended_at, opened_at, reached_at,
  ended_at, version
FROM followups
WHERE store_id = :store_id AND id = :id;

-- name: list_followups(store_id, state, due, since, until, after_opened, after_id, count)
-- By the day they were opened, oldest first; blanks do not filter; after_* continue a list.
SELECT
  id, store_id, case_id, order_number, buyer, why, state, attempts, next_at, due_at, result,
  satisfied, score, problem, suggestion, note, done_by, case_ended_at, opened_at, reached_at,
  ended_at, version
FROM followups
WHERE store_id = :store_id
  AND (:state = '' OR state = :state)
  AND (:due = '' OR (state IN ('open', 'promised') AND next_at <= :due))
  AND opened_at >= :since AND opened_at < :until
  AND (opened_at > :after_opened OR (opened_at = :after_opened AND id > :after_id))
ORDER BY opened_at, id
LIMIT :count;

-- name: add_followup(id, store_id, case_id, order_number, buyer, why, next_at, due_at, case_ended_at, opened_at)!
-- A new follow-up; a case that has one changes nothing.
INSERT INTO followups
  (id, store_id, case_id, order_number, buyer, why, next_at, due_at, case_ended_at, opened_at)
VALUES
  (
    :id, :store_id, :case_id, :order_number, :buyer, :why, :next_at, :due_at, :case_ended_at,
    :opened_at
  )
ON CONFLICT (store_id, case_id) DO NOTHING;

-- name: update_followup(state, attempts, next_at, due_at, result, satisfied, score, problem, suggestion, note, done_by, reached_at, ended_at, store_id, id, version)!
-- What came of a follow-up; changes no row when somebody was faster.
UPDATE followups
SET
  state = :state, attempts = :attempts, next_at = :next_at, due_at = :due_at, result = :result,
  satisfied = :satisfied, score = :score, problem = :problem, suggestion = :suggestion,
  note = :note, done_by = :done_by, reached_at = :reached_at, ended_at = :ended_at,
  version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version;

-- name: get_sample(store_id, month)
-- The seed and share of a month.
SELECT month, seed, share, recorded_at FROM followup_samples
WHERE store_id = :store_id AND month = :month;

-- name: add_sample(store_id, month, seed, share, recorded_at)!
-- Write down the seed of a month; the first one stays.
INSERT INTO followup_samples (store_id, month, seed, share, recorded_at)
VALUES (:store_id, :month, :seed, :share, :recorded_at)
ON CONFLICT (store_id, month) DO NOTHING;

-- name: list_samples(store_id)
-- All months with their seeds.
SELECT month, seed, share, recorded_at FROM followup_samples
WHERE store_id = :store_id
ORDER BY month;

-- name: ended_cases(store_id, since, after, count)
-- Cases that ended well since and that nobody was asked about, with their buyer and how often they bought:
-- none of an order that has another case open, none that ended before its buyer was last asked.
SELECT
  c.id, c.order_number, c.kind, c.reason, c.ended_at, COALESCE(o.buyer, '') AS buyer,
  (
    SELECT COUNT(*) FROM orders AS b
    WHERE b.store_id = o.store_id AND b.buyer = o.buyer
      AND b.status IN ('paid', 'part_shipped', 'shipped', 'finished')
  ) AS bought,
  EXISTS (
    SELECT 1 FROM shop_members AS m WHERE m.store_id = o.store_id AND m.buyer = o.buyer
  ) AS listed
FROM order_cases AS c
JOIN orders AS o ON o.store_id = c.store_id AND o.number = c.order_number
WHERE c.store_id = :store_id AND c.state IN ('refunded', 'finished') AND c.ended_at >= :since
  AND c.id > :after
  AND NOT EXISTS (
    SELECT 1 FROM followups AS f WHERE f.store_id = c.store_id AND f.case_id = c.id)
  AND NOT EXISTS (
    SELECT 1 FROM order_cases AS x
    WHERE x.store_id = c.store_id AND x.order_number = c.order_number AND x.ended_at IS NULL)
  AND NOT EXISTS (
    SELECT 1 FROM followups AS g
    WHERE g.store_id = c.store_id AND g.order_number = c.order_number
      AND (g.ended_at IS NULL OR g.ended_at >= c.ended_at))
ORDER BY c.id
LIMIT :count;

-- name: forget_members(store_id)!
-- The list of members is told anew.
DELETE FROM shop_members WHERE store_id = :store_id;

-- name: add_member(store_id, buyer, level)!
-- A member; named twice, the first stays.
INSERT INTO shop_members (store_id, buyer, level) VALUES (:store_id, :buyer, :level)
ON CONFLICT (store_id, buyer) DO NOTHING;

-- name: count_members(store_id)
-- How many there are.
SELECT COUNT(*) AS members FROM shop_members WHERE store_id = :store_id;

-- name: lost_buyers(store_id, before, orders, count)
-- Buyers with several orders and none lately, the best first; masked names are nobody.
SELECT
  o.buyer, COUNT(*) AS orders, SUM(COALESCE(o.paid_fen, 0)) AS paid_fen,
  MAX(o.created_at) AS last_at,
  (
    SELECT MAX(p.number) FROM orders AS p
    WHERE p.store_id = o.store_id AND p.buyer = o.buyer AND p.created_at = MAX(o.created_at)
  ) AS last_order
FROM orders AS o
WHERE o.store_id = :store_id AND o.buyer IS NOT NULL AND o.buyer <> ''
  AND o.buyer NOT LIKE '%*%' AND o.buyer NOT LIKE '%＊%'
  AND o.status IN ('paid', 'part_shipped', 'shipped', 'finished')
GROUP BY o.store_id, o.buyer
HAVING MAX(o.created_at) < :before AND COUNT(*) >= :orders
ORDER BY paid_fen DESC, o.buyer
LIMIT :count;

-- name: get_lost_notice(store_id, id)
-- One notice of a lost buyer.
SELECT
  id, store_id, buyer, last_order, last_at, orders, paid_fen, state, note, done_by, found_at,
  ended_at, version
FROM lost_buyers
WHERE store_id = :store_id AND id = :id;

-- name: open_lost_notices(store_id, count)
-- Lost buyers whom nobody has asked yet, the longest found first.
SELECT
  id, store_id, buyer, last_order, last_at, orders, paid_fen, state, note, done_by, found_at,
  ended_at, version
FROM lost_buyers
WHERE store_id = :store_id AND ended_at IS NULL
ORDER BY found_at, paid_fen DESC, id
LIMIT :count;

-- name: all_lost_notices(store_id)
-- Which silences were announced.
SELECT buyer, last_order, state FROM lost_buyers WHERE store_id = :store_id ORDER BY buyer, last_order;

-- name: returned_buyers(store_id)
-- Open notices of buyers who have ordered since.
SELECT l.id FROM lost_buyers AS l
WHERE l.store_id = :store_id AND l.ended_at IS NULL AND EXISTS (
    SELECT 1 FROM orders AS o
    WHERE o.store_id = l.store_id AND o.buyer = l.buyer AND o.created_at > l.last_at
      AND o.status IN ('paid', 'part_shipped', 'shipped', 'finished')
  )
ORDER BY l.id;

-- name: add_lost_notice(id, store_id, buyer, last_order, last_at, orders, paid_fen, found_at)!
-- A buyer is found lost; a silence that was announced changes nothing.
INSERT INTO lost_buyers
  (id, store_id, buyer, last_order, last_at, orders, paid_fen, found_at)
VALUES
  (:id, :store_id, :buyer, :last_order, :last_at, :orders, :paid_fen, :found_at)
ON CONFLICT (store_id, buyer, last_order) DO NOTHING;

-- name: end_lost_notice(store_id, id, version, state, note, done_by, ended_at)!
-- How it ended; changes no row when somebody was faster.
UPDATE lost_buyers
SET
  state = :state, note = :note, done_by = :done_by, ended_at = :ended_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND ended_at IS NULL;
