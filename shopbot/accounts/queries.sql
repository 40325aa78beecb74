-- Statements of accounts: users, their tokens, visitors. Portable subset (docs/architecture.md).

-- name: add_user(id, store_id, name, display, role, password_hash, is_local, now)!
-- Add a user; a name that is taken changes nothing.
INSERT INTO users
  (id, store_id, name, display, role, password_hash, is_local, created_at, updated_at)
VALUES
  (:id, :store_id, :name, :display, :role, :password_hash, :is_local, :now, :now)
ON CONFLICT (store_id, name) DO NOTHING;

-- name: get_user_by_name(store_id, name)^
SELECT id, store_id, name, display, role, password_hash, is_local, created_at, disabled_at
FROM users
WHERE store_id = :store_id AND name = :name;

-- name: get_user(store_id, id)^
SELECT id, store_id, name, display, role, password_hash, is_local, created_at, disabled_at
FROM users
WHERE store_id = :store_id AND id = :id;

-- name: list_users(store_id)
SELECT id, store_id, name, display, role, password_hash, is_local, created_at, disabled_at
FROM users
WHERE store_id = :store_id
ORDER BY name;

-- name: count_accounts(store_id)^
-- Real accounts, closed ones too: where there was one, nobody comes in without.
SELECT count(*) AS accounts FROM users WHERE store_id = :store_id AND is_local = 0;

-- name: set_password(store_id, id, password_hash, now)!
UPDATE users SET password_hash = :password_hash, updated_at = :now
WHERE store_id = :store_id AND id = :id;

-- name: set_disabled(store_id, id, disabled_at, now)!
UPDATE users SET disabled_at = :disabled_at, updated_at = :now
WHERE store_id = :store_id AND id = :id;

-- name: add_user_token(digest, store_id, user_id, kind, now, expires_at)!
INSERT INTO user_tokens (digest, store_id, user_id, kind, created_at, seen_at, expires_at)
VALUES (:digest, :store_id, :user_id, :kind, :now, :now, :expires_at);

-- name: find_user_token(store_id, digest, kind, now, seen_after)^
-- The user behind a token that holds: not past its end, not idle too long, account open.
SELECT u.id, u.store_id, u.name, u.display, u.role, u.password_hash, u.is_local, u.created_at,
       u.disabled_at, t.seen_at, t.expires_at
FROM user_tokens AS t JOIN users AS u ON u.id = t.user_id
WHERE t.store_id = :store_id AND t.digest = :digest AND t.kind = :kind
  AND t.expires_at > :now AND t.seen_at > :seen_after AND u.disabled_at IS NULL;

-- name: touch_user_token(digest, now)!
UPDATE user_tokens SET seen_at = :now WHERE digest = :digest AND seen_at < :now;

-- name: drop_user_token(store_id, digest)!
-- End one session, or use up a link; only one of two at the same time changes a row.
DELETE FROM user_tokens WHERE store_id = :store_id AND digest = :digest;

-- name: drop_user_tokens(store_id, user_id)!
-- End all of a user's sessions, links and keys.
DELETE FROM user_tokens WHERE store_id = :store_id AND user_id = :user_id;

-- name: drop_all_user_tokens()!
-- End everything of everybody (after a restore).
DELETE FROM user_tokens;

-- name: forget_user_tokens(now, session_seen)!
DELETE FROM user_tokens
WHERE expires_at <= :now OR (kind = 'session' AND seen_at <= :session_seen);

-- name: add_visitor(id, store_id, customer, now)!
INSERT INTO visitors (id, store_id, customer, created_at)
VALUES (:id, :store_id, :customer, :now);

-- name: get_visitor(store_id, id)^
SELECT id, store_id, customer, created_at FROM visitors WHERE store_id = :store_id AND id = :id;

-- name: get_visitor_by_customer(store_id, customer)^
SELECT id, store_id, customer, created_at FROM visitors
WHERE store_id = :store_id AND customer = :customer;

-- name: set_customer(store_id, id, customer)!
-- Tie an unknown visitor to a customer; one that is tied already stays as it is.
UPDATE visitors SET customer = :customer
WHERE store_id = :store_id AND id = :id AND customer IS NULL;

-- name: add_visitor_token(digest, store_id, visitor_id, now, expires_at)!
INSERT INTO visitor_tokens (digest, store_id, visitor_id, created_at, seen_at, expires_at)
VALUES (:digest, :store_id, :visitor_id, :now, :now, :expires_at);

-- name: find_visitor_token(store_id, digest, now)^
SELECT v.id, v.store_id, v.customer, v.created_at, t.seen_at, t.expires_at
FROM visitor_tokens AS t JOIN visitors AS v ON v.id = t.visitor_id
WHERE t.store_id = :store_id AND t.digest = :digest AND t.expires_at > :now;

-- name: touch_visitor_token(digest, now, expires_at)!
UPDATE visitor_tokens SET seen_at = :now, expires_at = :expires_at
WHERE digest = :digest AND seen_at < :now;

-- name: drop_visitor_token(store_id, digest)!
DELETE FROM visitor_tokens WHERE store_id = :store_id AND digest = :digest;

-- name: forget_visitor_tokens(now)!
DELETE FROM visitor_tokens WHERE expires_at <= :now;

-- name: use_identity(store_id, digest, expires_at)!
-- Changes a row the first time only.
INSERT INTO used_identities (store_id, digest, expires_at)
VALUES (:store_id, :digest, :expires_at)
ON CONFLICT (store_id, digest) DO NOTHING;

-- name: forget_identities(now)!
DELETE FROM used_identities WHERE expires_at <= :now;
