-- Statements of the desk, in the portable subset (docs/architecture.md).

-- name: put_agent(store_id, id, name, role, state, capacity, since, seen_at)!
-- What an agent says of themselves.
INSERT INTO desk_agents (store_id, id, name, role, state, capacity, since, seen_at)
VALUES (:store_id, :id, :name, :role, :state, :capacity, :since, :seen_at)
ON CONFLICT (store_id, id) DO UPDATE SET
  name = excluded.name, role = excluded.role, state = excluded.state,
  capacity = excluded.capacity, since = excluded.since, seen_at = excluded.seen_at;

-- name: see_agent(store_id, id, seen_at)!
-- A sign of an agent's page.
UPDATE desk_agents SET seen_at = :seen_at WHERE store_id = :store_id AND id = :id;

-- name: give_agent(store_id, id, given_at)!
-- When an agent last got a talk.
UPDATE desk_agents SET given_at = :given_at WHERE store_id = :store_id AND id = :id;

-- name: list_agents(store_id)
-- All agents with how many talks they hold.
SELECT a.store_id, a.id, a.name, a.role, a.state, a.capacity, a.since, a.seen_at, a.given_at,
       COUNT(t.conversation) AS held
FROM desk_agents a
LEFT JOIN desk_talks t ON t.store_id = a.store_id AND t.agent = a.id AND t.state = 'held'
WHERE a.store_id = :store_id
GROUP BY a.store_id, a.id, a.name, a.role, a.state, a.capacity, a.since, a.seen_at, a.given_at
ORDER BY a.id;

-- name: get_talk(store_id, conversation)
-- One talk as the desk sees it.
SELECT store_id, conversation, state, agent, wanted, audience, shopper, reason, priority, vip,
       since, given_at, version
FROM desk_talks
WHERE store_id = :store_id AND conversation = :conversation;

-- name: list_talks(store_id, state)
-- Talks of a state, who waits longest first.
SELECT store_id, conversation, state, agent, wanted, audience, shopper, reason, priority, vip,
       since, given_at, version
FROM desk_talks
WHERE store_id = :store_id AND state = :state
ORDER BY since, conversation;

-- name: talks_of_agent(store_id, agent)
-- Talks that an agent holds.
SELECT store_id, conversation, state, agent, wanted, audience, shopper, reason, priority, vip,
       since, given_at, version
FROM desk_talks
WHERE store_id = :store_id AND agent = :agent AND state = 'held'
ORDER BY since, conversation;

-- name: count_waiting(store_id)
-- How many talks wait.
SELECT COUNT(*) AS talks FROM desk_talks WHERE store_id = :store_id AND state = 'waiting';

-- name: put_talk(store_id, conversation, state, agent, wanted, audience, shopper, reason, priority, vip, since, given_at)!
-- A talk comes to the desk, or comes again.
INSERT INTO desk_talks
  (store_id, conversation, state, agent, wanted, audience, shopper, reason, priority, vip, since,
   given_at)
VALUES
  (:store_id, :conversation, :state, :agent, :wanted, :audience, :shopper, :reason, :priority,
   :vip, :since, :given_at)
ON CONFLICT (store_id, conversation) DO UPDATE SET
  state = excluded.state, agent = excluded.agent, wanted = excluded.wanted,
  audience = excluded.audience, shopper = excluded.shopper, reason = excluded.reason,
  priority = excluded.priority, vip = excluded.vip, since = excluded.since,
  given_at = excluded.given_at, version = desk_talks.version + 1;

-- name: set_vip(store_id, conversation, vip)!
-- A talk that waits or is held is that of an important customer, or is not any more.
UPDATE desk_talks SET vip = :vip, version = version + 1
WHERE store_id = :store_id AND conversation = :conversation AND vip <> :vip;

-- name: find_important(store_id, visitor)
-- Who marked a visitor as an important customer.
SELECT marked_by, at FROM desk_important WHERE store_id = :store_id AND visitor = :visitor;

-- name: list_important(store_id)
-- All important customers.
SELECT visitor FROM desk_important WHERE store_id = :store_id ORDER BY visitor;

-- name: add_important(store_id, visitor, marked_by, at)!
-- Mark a visitor; who is marked already stays as they are.
INSERT INTO desk_important (store_id, visitor, marked_by, at)
VALUES (:store_id, :visitor, :marked_by, :at)
ON CONFLICT (store_id, visitor) DO NOTHING;

-- name: drop_important(store_id, visitor)!
-- A visitor is no important customer any more.
DELETE FROM desk_important WHERE store_id = :store_id AND visitor = :visitor;

-- name: find_known(store_id, shopper)
-- Who last answered a shopper.
SELECT agent, at FROM desk_known WHERE store_id = :store_id AND shopper = :shopper;

-- name: put_known(store_id, shopper, agent, at)!
-- Remember who answers a shopper.
INSERT INTO desk_known (store_id, shopper, agent, at)
VALUES (:store_id, :shopper, :agent, :at)
ON CONFLICT (store_id, shopper) DO UPDATE SET agent = excluded.agent, at = excluded.at;

-- name: add_transfer(store_id, id, conversation, giver, taker, audience, note, asked_at, expires_at)!
-- Offer a talk; changes no row while it is offered to somebody else.
INSERT INTO desk_transfers
  (store_id, id, conversation, giver, taker, audience, note, asked_at, expires_at)
VALUES
  (:store_id, :id, :conversation, :giver, :taker, :audience, :note, :asked_at, :expires_at)
ON CONFLICT (store_id, conversation) WHERE state = 'asked' DO NOTHING;

-- name: get_transfer(store_id, id)
-- One transfer.
SELECT store_id, id, conversation, giver, taker, audience, note, state, asked_at, expires_at,
       ended_by, ended_at
FROM desk_transfers
WHERE store_id = :store_id AND id = :id;

-- name: find_transfer(store_id, conversation)
-- The open transfer of a talk.
SELECT store_id, id, conversation, giver, taker, audience, note, state, asked_at, expires_at,
       ended_by, ended_at
FROM desk_transfers
WHERE store_id = :store_id AND conversation = :conversation AND state = 'asked';

-- name: list_transfers(store_id)
-- All open transfers, the oldest first.
SELECT store_id, id, conversation, giver, taker, audience, note, state, asked_at, expires_at,
       ended_by, ended_at
FROM desk_transfers
WHERE store_id = :store_id AND state = 'asked'
ORDER BY asked_at, id;

-- name: end_transfer(store_id, id, state, ended_by, ended_at)!
-- Accept, return or let expire; changes no row when it ended before.
UPDATE desk_transfers
SET state = :state, ended_by = :ended_by, ended_at = :ended_at
WHERE store_id = :store_id AND id = :id AND state = 'asked';

-- name: add_desk_task(store_id, id, kind, dedupe_key, conversation, order_number, audience, agent, data, made_at, due_at)!
-- Something to be done; a second one of the same kind and key changes nothing.
INSERT INTO desk_tasks
  (store_id, id, kind, dedupe_key, conversation, order_number, audience, agent, data, made_at,
   due_at)
VALUES
  (:store_id, :id, :kind, :dedupe_key, :conversation, :order_number, :audience, :agent, :data,
   :made_at, :due_at)
ON CONFLICT (store_id, kind, dedupe_key) DO NOTHING;

-- name: get_desk_task(store_id, id)
-- One task.
SELECT store_id, id, kind, dedupe_key, conversation, order_number, audience, agent, data, made_at,
       due_at, state, done_by, done_at, result
FROM desk_tasks
WHERE store_id = :store_id AND id = :id;

-- name: list_desk_tasks(store_id, state, kind, order_number, count)
-- Tasks of a state, the most pressing first; a blank kind or order means any.
SELECT store_id, id, kind, dedupe_key, conversation, order_number, audience, agent, data, made_at,
       due_at, state, done_by, done_at, result
FROM desk_tasks
WHERE store_id = :store_id AND state = :state
  AND (:kind = '' OR kind = :kind)
  AND (:order_number = '' OR order_number = :order_number)
ORDER BY due_at, id
LIMIT :count;

-- name: tasks_of_talk(store_id, conversation)
-- Every task of a talk, oldest first.
SELECT store_id, id, kind, dedupe_key, conversation, order_number, audience, agent, data, made_at,
       due_at, state, done_by, done_at, result
FROM desk_tasks
WHERE store_id = :store_id AND conversation = :conversation
ORDER BY made_at, id;

-- name: end_desk_task(store_id, id, state, done_by, done_at, result)!
-- Done or dropped; changes no row when it ended before.
UPDATE desk_tasks
SET state = :state, done_by = :done_by, done_at = :done_at, result = :result
WHERE store_id = :store_id AND id = :id AND state = 'open';
