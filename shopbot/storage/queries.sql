-- Statements of the ground: jobs, audit, idempotency. Portable subset (docs/architecture.md).

-- name: add_job(id, store_id, kind, idempotency_key, payload, due_at, max_attempts, now)!
-- Plan a job; a second one of the same key changes nothing.
INSERT INTO jobs
  (id, store_id, kind, idempotency_key, payload, due_at, max_attempts, created_at, updated_at)
VALUES
  (:id, :store_id, :kind, :idempotency_key, :payload, :due_at, :max_attempts, :now, :now)
ON CONFLICT (store_id, kind, idempotency_key) DO NOTHING;

-- name: claim_jobs(now, worker, lease_until, count)
-- Take due jobs. The guard stands in the outer WHERE too: without it two PostgreSQL workers whose
-- inner SELECT saw the same row would both get it.
UPDATE jobs
SET state = 'running', worker = :worker, lease_until = :lease_until,
    attempts = attempts + 1, updated_at = :now
WHERE id IN (
    SELECT id FROM jobs
    WHERE state = 'waiting' AND due_at <= :now
    ORDER BY due_at, id
    LIMIT :count
  )
  AND state = 'waiting' AND due_at <= :now
RETURNING id, store_id, kind, idempotency_key, payload, due_at, attempts, max_attempts, worker;

-- name: release_expired_jobs(now)!
-- Give back what a vanished worker held; a job without attempts left is dead.
UPDATE jobs
SET state = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'waiting' END,
    worker = NULL, lease_until = NULL, last_error = 'worker vanished', updated_at = :now
WHERE state = 'running' AND lease_until < :now;

-- name: finish_job(id, worker, attempts, now)!
-- Mark done; changes no row if the lease was lost meanwhile.
UPDATE jobs
SET state = 'done', worker = NULL, lease_until = NULL, last_error = NULL, updated_at = :now
WHERE id = :id AND state = 'running' AND worker = :worker AND attempts = :attempts;

-- name: retry_job(id, worker, attempts, due_at, last_error, now)!
-- Try again later.
UPDATE jobs
SET state = 'waiting', worker = NULL, lease_until = NULL, due_at = :due_at,
    last_error = :last_error, updated_at = :now
WHERE id = :id AND state = 'running' AND worker = :worker AND attempts = :attempts;

-- name: bury_job(id, worker, attempts, last_error, now)!
-- No attempts left: keep it visible as a dead letter.
UPDATE jobs
SET state = 'dead', worker = NULL, lease_until = NULL, last_error = :last_error, updated_at = :now
WHERE id = :id AND state = 'running' AND worker = :worker AND attempts = :attempts;

-- name: cancel_job(store_id, kind, idempotency_key)!
-- Forget a job that has not begun.
DELETE FROM jobs
WHERE store_id = :store_id AND kind = :kind AND idempotency_key = :idempotency_key
  AND state = 'waiting';

-- name: revive_job(store_id, id, now)!
-- Give a dead letter another round of attempts.
UPDATE jobs
SET state = 'waiting', attempts = 0, due_at = :now, updated_at = :now
WHERE store_id = :store_id AND id = :id AND state = 'dead';

-- name: list_jobs(store_id, state, count)
-- Jobs of a state, next due first.
SELECT id, store_id, kind, idempotency_key, payload, state, due_at, attempts, max_attempts,
       worker, lease_until, last_error, created_at, updated_at
FROM jobs
WHERE store_id = :store_id AND state = :state
ORDER BY due_at, id
LIMIT :count;

-- name: count_jobs()
-- How many jobs are in each state, all stores.
SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state;

-- name: next_due()
-- When the next waiting job is due.
SELECT MIN(due_at) AS due_at FROM jobs WHERE state = 'waiting';

-- name: count_expired_leases(now)
-- How many jobs a vanished worker still holds.
SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'running' AND lease_until < :now;

-- name: forget_done_jobs(before)!
-- Clear finished jobs older than a time.
DELETE FROM jobs WHERE state = 'done' AND updated_at < :before;

-- name: add_audit(id, store_id, at, name, who, subject, data)!
-- Write down who did what.
INSERT INTO audit (id, store_id, at, name, who, subject, data)
VALUES (:id, :store_id, :at, :name, :who, :subject, :data);

-- name: list_audit(store_id, subject)
-- What happened to one thing, oldest first.
SELECT id, store_id, at, name, who, subject, data
FROM audit
WHERE store_id = :store_id AND subject = :subject
ORDER BY id;

-- name: list_audit_since(store_id, since, count)
-- What happened in a store since a time, oldest first.
SELECT id, store_id, at, name, who, subject, data
FROM audit
WHERE store_id = :store_id AND at >= :since
ORDER BY at, id
LIMIT :count;

-- name: get_answer(store_id, who, route, idempotency_key)
-- What was answered to this key before.
SELECT body_hash, status, answer
FROM idempotency
WHERE store_id = :store_id AND who = :who AND route = :route
  AND idempotency_key = :idempotency_key;

-- name: add_answer(store_id, who, route, idempotency_key, body_hash, status, answer, now)!
-- Keep the answer for a repeat.
INSERT INTO idempotency
  (store_id, who, route, idempotency_key, body_hash, status, answer, created_at)
VALUES
  (:store_id, :who, :route, :idempotency_key, :body_hash, :status, :answer, :now);

-- name: forget_answers(before)!
-- Clear answers older than a time.
DELETE FROM idempotency WHERE created_at < :before;

-- name: ping()
-- Read anything.
SELECT COUNT(*) AS tables FROM schema_migrations;
