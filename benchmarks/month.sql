-- What the laws and the figures of the simulated month read.

-- name: gaps(store_id)
-- Orders whose history has a gap.
SELECT order_number FROM order_events WHERE store_id = :store_id
GROUP BY order_number HAVING COUNT(*) <> MAX(seq) OR MIN(seq) <> 1;

-- name: orders(store_id)
-- How far each order has come.
SELECT number, status FROM orders WHERE store_id = :store_id;

-- name: events(store_id)
-- How much has happened.
SELECT COUNT(*) AS n FROM order_events WHERE store_id = :store_id;

-- name: tracked(store_id)
-- How many courier events are known.
SELECT COUNT(*) AS n FROM tracking_events WHERE store_id = :store_id;

-- name: overpaid(store_id)
-- Orders of which more goes back than came in.
SELECT r.order_number FROM refunds AS r
JOIN orders AS o ON o.store_id = r.store_id AND o.number = r.order_number
WHERE r.store_id = :store_id AND r.state <> 'dropped'
GROUP BY r.order_number, o.paid_fen
HAVING SUM(r.goods_fen + r.shipping_fen + r.difference_fen) > COALESCE(o.paid_fen, 0);

-- name: refunded_twice(store_id)
-- Cases with more than one refund in force, parcels compensated more than once.
SELECT case_id AS what FROM refunds
WHERE store_id = :store_id AND state <> 'dropped' AND case_id IS NOT NULL
GROUP BY case_id HAVING COUNT(*) > 1
UNION ALL
SELECT parcel AS what FROM claim_compensations
WHERE store_id = :store_id AND state <> 'denied'
GROUP BY parcel HAVING COUNT(*) > 1;

-- name: refunds(store_id)
-- All refunds.
SELECT id, order_number, case_id, state, goods_fen + shipping_fen + difference_fen AS fen, paid_at
FROM refunds WHERE store_id = :store_id;

-- name: cases(store_id)
-- All cases.
SELECT id, order_number, kind, state, version, ended_at FROM order_cases WHERE store_id = :store_id;

-- name: claims(store_id)
-- All claims.
SELECT id, order_number, kind, state, asked_fen, won_fen, version FROM parcel_claims
WHERE store_id = :store_id;

-- name: told_again(store_id)
-- What somebody was told more than once of one thing (a case may ask for pictures twice).
SELECT order_number, subject, phrase, COUNT(*) AS times FROM outgoing_messages
WHERE store_id = :store_id AND state = 'sent' AND subject NOT LIKE 'case%'
GROUP BY order_number, subject, phrase HAVING COUNT(*) > 1;

-- name: sent(store_id, since)
-- What was told since a moment, in order.
SELECT m.order_number, m.subject, m.phrase, m.sent_at, m.created_at, m.urgent, o.buyer
FROM outgoing_messages AS m
JOIN orders AS o ON o.store_id = m.store_id AND o.number = m.order_number
WHERE m.store_id = :store_id AND m.state = 'sent' AND m.sent_at >= :since
ORDER BY m.sent_at, m.id;

-- name: dropped(store_id)
-- Why messages were not told.
SELECT why, COUNT(*) AS n FROM outgoing_messages
WHERE store_id = :store_id AND state = 'dropped' GROUP BY why ORDER BY why;

-- name: undone(now)
-- Due work that was not done.
SELECT kind, state, due_at FROM jobs
WHERE (state = 'waiting' AND due_at <= :now) OR state IN ('running', 'dead');

-- name: done_jobs()
-- Due work that was done, by kind.
SELECT kind, COUNT(*) AS n FROM jobs WHERE state = 'done' GROUP BY kind ORDER BY kind;

-- name: unaudited(store_id, since)
-- Steps in the history of orders that the audit does not know.
SELECT e.order_number, e.name, e.at FROM order_events AS e
WHERE e.store_id = :store_id AND e.at >= :since
  AND (e.name LIKE 'return.%' OR e.name LIKE 'refund.%' OR e.name LIKE 'exchange.%'
    OR e.name LIKE 'repair.%' OR e.name LIKE 'resend.%' OR e.name LIKE 'claim.%'
    OR e.name LIKE 'followup.%' OR e.name LIKE 'order.refund-%' OR e.name LIKE 'order.task-%')
  AND e.name <> 'order.refund-late'
  AND NOT EXISTS (
    SELECT 1 FROM audit AS a
    WHERE a.store_id = e.store_id AND a.at = e.at AND a.name IN (e.name, 'order.' || e.name)
  );

-- name: findings(store_id)
-- What the watches have found, and when.
SELECT order_number, finding, at FROM order_findings WHERE store_id = :store_id ORDER BY at;

-- name: reviews(store_id)
-- Reviews with their calls.
SELECT r.order_number, r.source_id, r.rating, r.sentiment, r.at, c.opened_at, c.due_at, c.ended_at, c.state
FROM reviews AS r
LEFT JOIN review_calls AS c ON c.review_id = r.id
WHERE r.store_id = :store_id ORDER BY r.at;

-- name: followups(store_id)
-- Follow-ups by why and state.
SELECT why, state, COUNT(*) AS n FROM followups WHERE store_id = :store_id
GROUP BY why, state ORDER BY why, state;

-- name: overdue_calls(store_id)
-- Calls that were told of because nobody had called in time.
SELECT COUNT(*) AS n FROM order_events WHERE store_id = :store_id AND name = 'review.call-overdue';

-- name: entered(store_id)
-- Unpaid orders that could be reminded, since when.
SELECT order_number, entered_at, held_out FROM payment_reminders WHERE store_id = :store_id;
