-- Statements of the talk. Portable subset (docs/architecture.md).

-- name: add_conversation(store_id, id, visitor, customer, channel, mode, product, memory, started_at)!
-- A new talk.
INSERT INTO conversations
  (store_id, id, visitor, customer, channel, mode, product, memory, started_at)
VALUES
  (:store_id, :id, :visitor, :customer, :channel, :mode, :product, :memory, :started_at);

-- name: get_conversation(store_id, id)
-- One talk.
SELECT * FROM conversations WHERE store_id = :store_id AND id = :id;

-- name: open_conversation(store_id, visitor)
-- The open talk of a visitor; there is one at most.
SELECT * FROM conversations
WHERE store_id = :store_id AND visitor = :visitor AND state = 'open';

-- name: open_of_customer(store_id, customer)
-- The open talks of a signed-in shopper, from whatever device, the latest first.
SELECT * FROM conversations
WHERE store_id = :store_id AND customer = :customer AND customer <> '' AND state = 'open'
ORDER BY started_at DESC, id DESC;

-- name: save_conversation(store_id, id, customer, mode, state, holder, agent, turn, last_seq, shopper_at, staff_at, reminded_at, closed_at, product, memory)!
-- The present state of a talk.
UPDATE conversations
SET customer = :customer, mode = :mode, state = :state, holder = :holder, agent = :agent,
    turn = :turn, last_seq = :last_seq, shopper_at = :shopper_at, staff_at = :staff_at,
    reminded_at = :reminded_at, closed_at = :closed_at, product = :product, memory = :memory,
    version = version + 1
WHERE store_id = :store_id AND id = :id;

-- name: list_of_visitor(store_id, visitor, customer, count)
-- The talks of a visitor or signed-in shopper, the latest first.
SELECT * FROM (
  SELECT * FROM conversations WHERE store_id = :store_id AND visitor = :visitor
  UNION
  SELECT * FROM conversations
  WHERE store_id = :store_id AND customer = :customer AND customer <> ''
) AS own
ORDER BY started_at DESC, id DESC
LIMIT :count;

-- name: list_open_conversations(store_id, holder, agent, before_at, before_id, count)
-- Open talks as staff see them: who wrote last comes first; blanks do not filter.
SELECT * FROM conversations
WHERE store_id = :store_id AND state = 'open'
  AND (:holder = '' OR holder = :holder)
  AND (:agent = '' OR agent = :agent)
  AND COALESCE(shopper_at, started_at) <= :before_at
  AND (COALESCE(shopper_at, started_at) < :before_at
       OR (COALESCE(shopper_at, started_at) = :before_at AND id < :before_id))
ORDER BY COALESCE(shopper_at, started_at) DESC, id DESC
LIMIT :count;

-- name: list_conversations(store_id, state, holder, agent, before_at, before_id, count)
-- Talks of all times, who wrote last comes first; blanks do not filter.
SELECT * FROM conversations
WHERE store_id = :store_id
  AND (:state = '' OR state = :state)
  AND (:holder = '' OR holder = :holder)
  AND (:agent = '' OR agent = :agent)
  AND COALESCE(shopper_at, started_at) <= :before_at
  AND (COALESCE(shopper_at, started_at) < :before_at
       OR (COALESCE(shopper_at, started_at) = :before_at AND id < :before_id))
ORDER BY COALESCE(shopper_at, started_at) DESC, id DESC
LIMIT :count;

-- name: add_event(store_id, conversation, seq, id, at, kind, author, who, audience, turn, client_key, body)!
-- Something happened.
INSERT INTO conversation_events
  (store_id, conversation, seq, id, at, kind, author, who, audience, turn, client_key, body)
VALUES
  (:store_id, :conversation, :seq, :id, :at, :kind, :author, :who, :audience, :turn, :client_key,
   :body);

-- name: find_event_by_key(store_id, conversation, author, who, client_key)
-- A message that was sent before under this key.
SELECT * FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND author = :author AND who = :who
  AND client_key = :client_key AND client_key <> '';

-- name: get_event(store_id, conversation, seq)
-- One event.
SELECT * FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq = :seq;

-- name: events_after(store_id, conversation, seq, count)
-- What staff have missed since an event.
SELECT * FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq
ORDER BY seq
LIMIT :count;

-- name: shown_events_after(store_id, conversation, seq, count)
-- What the shopper has missed since an event.
SELECT * FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND audience = 'all'
ORDER BY seq
LIMIT :count;

-- name: latest_events(store_id, since, count)
-- The talks with events since an id (ids sort by time), and the last event of each.
SELECT conversation, MAX(seq) AS seq FROM conversation_events
WHERE store_id = :store_id AND id >= :since
GROUP BY conversation
ORDER BY MAX(id) DESC
LIMIT :count;

-- name: latest_messages(store_id, conversation, upto, count)
-- The last messages up to an event, the latest first.
SELECT * FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq <= :upto AND kind = 'message'
ORDER BY seq DESC
LIMIT :count;

-- name: turn_messages(store_id, conversation, turn)
-- What the shopper wrote in a turn.
SELECT * FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND turn = :turn
  AND kind = 'message' AND author = 'shopper'
ORDER BY seq;

-- name: recalled_seqs(store_id, conversation, since)
-- The recalls of a talk since an event.
SELECT body FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND kind = 'recalled' AND seq >= :since
ORDER BY seq;

-- name: has_said(store_id, conversation, author)
-- Whether an author has written anything in a talk.
SELECT seq FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND author = :author
  AND kind = 'message'
ORDER BY seq
LIMIT 1;

-- name: marks_of(store_id, conversation)
-- How far both sides have got.
SELECT side, delivered, read FROM conversation_marks
WHERE store_id = :store_id AND conversation = :conversation;

-- name: get_place(store_id, conversation, side)
-- How long a talk is, and how far a side has got in it.
SELECT talk.last_seq, COALESCE(mark.delivered, 0) AS delivered, COALESCE(mark.read, 0) AS read
FROM conversations AS talk
LEFT JOIN conversation_marks AS mark
  ON mark.store_id = talk.store_id AND mark.conversation = talk.id AND mark.side = :side
WHERE talk.store_id = :store_id AND talk.id = :conversation;

-- name: put_mark(store_id, conversation, side, delivered, read)!
-- Move a side's mark forward, never back.
INSERT INTO conversation_marks (store_id, conversation, side, delivered, read)
VALUES (:store_id, :conversation, :side, :delivered, :read)
ON CONFLICT (store_id, conversation, side) DO UPDATE
SET delivered = CASE WHEN excluded.delivered > conversation_marks.delivered
                     THEN excluded.delivered ELSE conversation_marks.delivered END,
    read = CASE WHEN excluded.read > conversation_marks.read
                THEN excluded.read ELSE conversation_marks.read END;

-- name: unread(store_id, conversation, seq, author)
-- Messages of the other side after a mark: those not written by this author.
SELECT COUNT(*) AS messages FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND kind = 'message'
  AND author <> :author;

-- name: unread_from_shopper(store_id, conversation, seq)
-- Messages of the shopper after a mark of the staff.
SELECT COUNT(*) AS messages FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND kind = 'message'
  AND author = 'shopper';

-- name: glimpse(store_id, conversation)
-- The last message of a talk, and how many of the shopper's the staff have not read.
SELECT
  (SELECT body FROM conversation_events
   WHERE store_id = :store_id AND conversation = :conversation AND kind = 'message'
   ORDER BY seq DESC LIMIT 1) AS body,
  (SELECT COUNT(*) FROM conversation_events
   WHERE store_id = :store_id AND conversation = :conversation AND kind = 'message'
     AND author = 'shopper'
     AND seq > COALESCE(
       (SELECT read FROM conversation_marks
        WHERE store_id = :store_id AND conversation = :conversation AND side = 'staff'), 0)
  ) AS unread;

-- name: add_turn(store_id, conversation, number, first_seq, last_seq, opened_at, due_at)!
-- A turn begins.
INSERT INTO conversation_turns
  (store_id, conversation, number, first_seq, last_seq, opened_at, due_at)
VALUES
  (:store_id, :conversation, :number, :first_seq, :last_seq, :opened_at, :due_at);

-- name: extend_turn(store_id, conversation, number, last_seq, due_at)!
-- The shopper writes on.
UPDATE conversation_turns SET last_seq = :last_seq, due_at = :due_at
WHERE store_id = :store_id AND conversation = :conversation AND number = :number
  AND state = 'collecting';

-- name: put_off_turn(store_id, conversation, number, due_at)!
-- Look at a turn again later.
UPDATE conversation_turns SET due_at = :due_at
WHERE store_id = :store_id AND conversation = :conversation AND number = :number
  AND state = 'collecting';

-- name: get_turn(store_id, conversation, number)
-- One turn.
SELECT * FROM conversation_turns
WHERE store_id = :store_id AND conversation = :conversation AND number = :number;

-- name: end_turn(store_id, conversation, number, state, answered_by, answered_at)!
-- A turn has come to its end; changes no row when it had before.
UPDATE conversation_turns
SET state = :state, answered_by = :answered_by, answered_at = :answered_at
WHERE store_id = :store_id AND conversation = :conversation AND number = :number
  AND state = 'collecting';

-- name: answer_waiting_turns(store_id, conversation, upto, answered_by, answered_at)!
-- A person has answered: every turn up to now that nobody had answered is theirs.
UPDATE conversation_turns
SET state = 'answered', answered_by = :answered_by, answered_at = :answered_at
WHERE store_id = :store_id AND conversation = :conversation AND number <= :upto
  AND state IN ('collecting', 'handed-over') AND answered_by = '';

-- name: reopen_turn(store_id, conversation, number, due_at)!
-- A person gave a turn back that nobody has said anything to: the bot may answer it after all.
UPDATE conversation_turns
SET state = 'collecting', due_at = :due_at
WHERE store_id = :store_id AND conversation = :conversation AND number = :number
  AND state = 'handed-over' AND answered_by = ''
  AND NOT EXISTS (
    SELECT 1 FROM conversation_events AS said
    WHERE said.store_id = conversation_turns.store_id
      AND said.conversation = conversation_turns.conversation
      AND said.turn = conversation_turns.number
      AND said.kind = 'message' AND said.author <> 'shopper'
  );

-- name: unanswered_turns(store_id, conversation)
-- Turns that wait for a person.
SELECT * FROM conversation_turns
WHERE store_id = :store_id AND conversation = :conversation AND answered_by = ''
  AND state IN ('collecting', 'handed-over')
ORDER BY number;

-- name: drop_turns(store_id, conversation)!
-- A talk ends: what still collects is not answered any more.
UPDATE conversation_turns SET state = 'dropped'
WHERE store_id = :store_id AND conversation = :conversation AND state = 'collecting';

-- name: drop_turn(store_id, conversation, number)!
-- All of a turn was taken back: nobody answers it.
UPDATE conversation_turns SET state = 'dropped'
WHERE store_id = :store_id AND conversation = :conversation AND number = :number
  AND answered_by = '';

-- name: collecting_turns(store_id, upto, count)
-- Turns that are or will be due until a time, the earliest first.
SELECT conversation, number, due_at FROM conversation_turns
WHERE store_id = :store_id AND state = 'collecting' AND due_at <= :upto
ORDER BY due_at, conversation
LIMIT :count;

-- name: far_turns(store_id, far, count)
-- Turns due later than any wait (the clock was set back).
SELECT conversation, number, due_at FROM conversation_turns
WHERE store_id = :store_id AND state = 'collecting' AND due_at > :far
ORDER BY due_at
LIMIT :count;

-- name: add_draft(store_id, id, conversation, turn, rank, kind, text, probability, entry, version, file, line, action, reasons, why, attachments, chips, made_at)!
-- A suggestion for staff.
INSERT INTO suggestions
  (store_id, id, conversation, turn, rank, kind, text, probability, entry, version, file, line,
   action, reasons, why, attachments, chips, made_at)
VALUES
  (:store_id, :id, :conversation, :turn, :rank, :kind, :text, :probability, :entry, :version, :file,
   :line, :action, :reasons, :why, :attachments, :chips, :made_at);

-- name: get_draft(store_id, id)
-- One suggestion.
SELECT * FROM suggestions WHERE store_id = :store_id AND id = :id;

-- name: list_drafts(store_id, conversation, turn)
-- The suggestions of a turn, best first.
SELECT * FROM suggestions
WHERE store_id = :store_id AND conversation = :conversation AND turn = :turn
ORDER BY rank, id;

-- name: list_open_drafts(store_id, conversation)
-- What can be accepted now.
SELECT * FROM suggestions
WHERE store_id = :store_id AND conversation = :conversation AND state = 'open'
ORDER BY turn DESC, rank, id;

-- name: decide_draft(store_id, id, state, decided_by, decided_at, final_text, reject_reason, message_seq)!
-- Staff have decided; changes no row when it was not open any more.
UPDATE suggestions
SET state = :state, decided_by = :decided_by, decided_at = :decided_at, final_text = :final_text,
    reject_reason = :reject_reason, message_seq = :message_seq
WHERE store_id = :store_id AND id = :id AND state = 'open';

-- name: close_drafts(store_id, conversation, state, decided_by, decided_at)!
-- What is still open is of no use any more (void) or was not used (ignored).
UPDATE suggestions SET state = :state, decided_by = :decided_by, decided_at = :decided_at
WHERE store_id = :store_id AND conversation = :conversation AND state = 'open';

-- name: open_draft_turns(store_id, conversation)
-- The turns that have open suggestions.
SELECT DISTINCT turn FROM suggestions
WHERE store_id = :store_id AND conversation = :conversation AND state = 'open'
ORDER BY turn;

-- name: add_receipt(store_id, message, conversation, seq, by_author, who, sources, rule, reasons, order_facts, draft, edited, software, at)!
-- Where a message came from.
INSERT INTO receipts
  (store_id, message, conversation, seq, by_author, who, sources, rule, reasons, order_facts, draft,
   edited, software, at)
VALUES
  (:store_id, :message, :conversation, :seq, :by_author, :who, :sources, :rule, :reasons,
   :order_facts, :draft, :edited, :software, :at);

-- name: get_receipt(store_id, message)
-- The receipt of a message.
SELECT * FROM receipts WHERE store_id = :store_id AND message = :message;

-- name: add_media(store_id, id, conversation, kind, content_type, name, file, size, width, height, author, who, at)!
-- A stored picture, voice note or file.
INSERT INTO conversation_media
  (store_id, id, conversation, kind, content_type, name, file, size, width, height, author, who, at)
VALUES
  (:store_id, :id, :conversation, :kind, :content_type, :name, :file, :size, :width, :height,
   :author, :who, :at);

-- name: get_media(store_id, id)
-- One of them.
SELECT * FROM conversation_media WHERE store_id = :store_id AND id = :id;

-- name: media_since(store_id, conversation, author, since)
-- How much was uploaded lately.
SELECT COUNT(*) AS files, COALESCE(SUM(size), 0) AS bytes FROM conversation_media
WHERE store_id = :store_id AND conversation = :conversation AND author = :author AND at >= :since;

-- name: add_secret(store_id, name, value)!
-- A secret of the store, made once.
INSERT INTO chat_secrets (store_id, name, value) VALUES (:store_id, :name, :value)
ON CONFLICT (store_id, name) DO NOTHING;

-- name: get_secret(store_id, name)
-- A secret of the store.
SELECT value FROM chat_secrets WHERE store_id = :store_id AND name = :name;

-- name: add_promise(store_id, id, conversation, what, until, entry, made_by, made_at)!
-- Something was promised.
INSERT INTO promises (store_id, id, conversation, what, until, entry, made_by, made_at)
VALUES (:store_id, :id, :conversation, :what, :until, :entry, :made_by, :made_at);

-- name: get_promise(store_id, id)
-- One promise.
SELECT store_id, id, conversation, what, until, state, entry, made_by, made_at, closed_by, closed_at
FROM promises
WHERE store_id = :store_id AND id = :id;

-- name: end_promise(store_id, id, state, closed_by, closed_at)!
-- Kept, withdrawn, broken, or made up for.
UPDATE promises SET state = :state, closed_by = :closed_by, closed_at = :closed_at
WHERE store_id = :store_id AND id = :id;

-- name: list_promises(store_id, conversation, state, count)
-- Promises, the next due first; blanks do not filter, "due" are those nobody has made good.
SELECT store_id, id, conversation, what, until, state, entry, made_by, made_at, closed_by, closed_at
FROM promises
WHERE store_id = :store_id
  AND (:conversation = '' OR conversation = :conversation)
  AND (:state = '' OR state = :state
       OR (:state = 'due' AND state IN ('open', 'broken') AND closed_at IS NULL))
ORDER BY until, id
LIMIT :count;

-- name: count_promises(store_id, since, until)
-- What became of the promises made in a time.
SELECT state, COUNT(*) AS promises FROM promises
WHERE store_id = :store_id AND made_at >= :since AND made_at < :until
GROUP BY state;

-- name: part_of(store_id, conversation)
-- How often a talk was closed, and where its present part begins.
SELECT COALESCE(SUM(CASE WHEN kind = 'closed' THEN 1 ELSE 0 END), 0) AS parts,
       MAX(CASE WHEN kind = 'reopened' THEN seq ELSE 0 END) AS seq
FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND kind IN ('closed', 'reopened');

-- name: spoke_since(store_id, conversation, seq)
-- Who wrote how much since an event and when first; what the house says by itself is not counted.
SELECT author, COUNT(*) AS messages, MIN(at) AS first_at
FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND kind = 'message'
  AND client_key NOT LIKE 'house:%'
GROUP BY author;

-- name: sources_since(store_id, conversation, seq)
-- Where the answers since an event came from.
SELECT sources FROM receipts
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq
ORDER BY seq;

-- name: agents_since(store_id, conversation, seq)
-- The people who wrote since an event, the first one first.
SELECT who, MIN(seq) AS first_seq FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND kind = 'message'
  AND author = 'agent'
GROUP BY who
ORDER BY MIN(seq);

-- name: asked_since(store_id, conversation, seq)
-- What the shopper wrote since an event, as far as a record keeps it.
SELECT body FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND kind = 'message'
  AND author = 'shopper'
ORDER BY seq
LIMIT 30;

-- name: holds_since(store_id, conversation, seq)
-- Who had the word since an event.
SELECT body FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq AND kind = 'held'
ORDER BY seq;

-- name: add_record(store_id, conversation, part, visitor, customer, channel, topics, questions, open_questions, product, order_number, outcome, agents, reason, messages_shopper, messages_bot, messages_agent, started_at, closed_at, first_answer_ms, first_human_ms)!
-- A talk has ended.
INSERT INTO conversation_records
  (store_id, conversation, part, visitor, customer, channel, topics, questions, open_questions,
   product, order_number, outcome, agents, reason, messages_shopper, messages_bot, messages_agent,
   started_at, closed_at, first_answer_ms, first_human_ms)
VALUES
  (:store_id, :conversation, :part, :visitor, :customer, :channel, :topics, :questions,
   :open_questions, :product, :order_number, :outcome, :agents, :reason, :messages_shopper,
   :messages_bot, :messages_agent, :started_at, :closed_at, :first_answer_ms, :first_human_ms);

-- name: list_records(store_id, since, until, count)
-- Records of talks that ended in a time.
SELECT * FROM conversation_records
WHERE store_id = :store_id AND closed_at >= :since AND closed_at < :until
ORDER BY closed_at, conversation, part
LIMIT :count;

-- name: page_of_records(store_id, since, until, agent, agent_like, topic, topic_like, outcome, before_at, before_talk, before_part, count)
-- Records newest first, page by page; blanks do not filter, agents and topics are looked for as written.
SELECT * FROM conversation_records
WHERE store_id = :store_id AND closed_at >= :since AND closed_at < :until
  AND (:agent = '' OR agents LIKE :agent_like ESCAPE '!')
  AND (:topic = '' OR topics LIKE :topic_like ESCAPE '!')
  AND (:outcome = '' OR outcome = :outcome)
  AND (closed_at < :before_at
       OR (closed_at = :before_at AND conversation < :before_talk)
       OR (closed_at = :before_at AND conversation = :before_talk AND part < :before_part))
ORDER BY closed_at DESC, conversation DESC, part DESC
LIMIT :count;

-- name: records_of(store_id, conversation)
-- Records of one talk.
SELECT * FROM conversation_records
WHERE store_id = :store_id AND conversation = :conversation
ORDER BY part;

-- name: note_record(store_id, conversation, part, note, noted_by)!
-- What staff add to a record.
UPDATE conversation_records SET note = :note, noted_by = :noted_by
WHERE store_id = :store_id AND conversation = :conversation AND part = :part;

-- name: put_rating(store_id, conversation, stars, tags, words, agent, at)!
-- What a shopper thinks of a talk.
INSERT INTO conversation_ratings (store_id, conversation, stars, tags, words, agent, at)
VALUES (:store_id, :conversation, :stars, :tags, :words, :agent, :at)
ON CONFLICT (store_id, conversation) DO UPDATE SET
  stars = excluded.stars, tags = excluded.tags, words = excluded.words, agent = excluded.agent,
  at = excluded.at;

-- name: get_rating(store_id, conversation)
-- The rating of a talk.
SELECT stars, tags, words, agent, at FROM conversation_ratings
WHERE store_id = :store_id AND conversation = :conversation;

-- name: quiet_talks(store_id, before_remind, before_close, before_both, count)
-- Open talks that are due to be reminded or to end, and in which nobody waits for an answer.
SELECT * FROM conversations c
WHERE c.store_id = :store_id AND c.state = 'open'
  AND (
    (c.shopper_at IS NULL AND c.started_at <= :before_both)
    OR ((c.reminded_at IS NULL OR c.reminded_at < c.shopper_at)
        AND c.shopper_at <= :before_remind
        AND (c.staff_at IS NULL OR c.staff_at <= :before_remind))
    OR (c.reminded_at >= c.shopper_at AND c.reminded_at <= :before_close
        AND (c.staff_at IS NULL OR c.staff_at <= :before_close))
  )
  AND NOT EXISTS (
    SELECT 1 FROM conversation_turns t
    WHERE t.store_id = c.store_id AND t.conversation = c.id AND t.answered_by = ''
      AND (t.state = 'collecting' OR (t.state = 'handed-over' AND c.holder <> 'bot'))
  )
ORDER BY COALESCE(c.shopper_at, c.started_at), c.id
LIMIT :count;

-- name: waiting_talks(store_id)
-- Open talks in which somebody waits for an answer.
SELECT c.id FROM conversations c
WHERE c.store_id = :store_id AND c.state = 'open'
  AND EXISTS (
    SELECT 1 FROM conversation_turns t
    WHERE t.store_id = c.store_id AND t.conversation = c.id AND t.answered_by = ''
      AND (t.state = 'collecting' OR (t.state = 'handed-over' AND c.holder <> 'bot'))
  )
ORDER BY c.id;

-- name: comforts_since(store_id, conversation, seq)
-- How many comfort lines were said since an event, and when last.
SELECT COUNT(*) AS lines, MAX(at) AS last_at FROM conversation_events
WHERE store_id = :store_id AND conversation = :conversation AND seq > :seq
  AND client_key LIKE 'house:comfort:%';

-- name: put_buyer(store_id, order_number, visitor, at)!
-- An order was shown to be theirs in this browser.
INSERT INTO conversation_orders (store_id, order_number, visitor, at)
VALUES (:store_id, :order_number, :visitor, :at)
ON CONFLICT (store_id, order_number, visitor) DO UPDATE SET at = excluded.at;

-- name: buyers_of(store_id, order_number, since)
-- In whose browsers an order was shown to be theirs, the latest first.
SELECT visitor, at FROM conversation_orders
WHERE store_id = :store_id AND order_number = :order_number AND at >= :since
ORDER BY at DESC, visitor;

-- name: orders_of_visitor(store_id, visitor, since)
-- Which orders a visitor has shown to be theirs, the latest first.
SELECT order_number, at FROM conversation_orders
WHERE store_id = :store_id AND visitor = :visitor AND at >= :since
ORDER BY at DESC, order_number;

-- name: put_here(store_id, conversation, at)!
-- The shopper's page was opened (again).
INSERT INTO conversation_here (store_id, conversation, at) VALUES (:store_id, :conversation, :at)
ON CONFLICT (store_id, conversation) DO UPDATE SET at = excluded.at;

-- name: find_here(store_id, conversation)
-- When the shopper's page was last opened again.
SELECT at FROM conversation_here WHERE store_id = :store_id AND conversation = :conversation;

-- name: last_drop(store_id, kind, first, last)
-- The last time a shopper left a talk in the middle (a job's key is CONVERSATION:TIME).
SELECT idempotency_key FROM jobs
WHERE store_id = :store_id AND kind = :kind
  AND idempotency_key >= :first AND idempotency_key < :last
ORDER BY idempotency_key DESC
LIMIT 1;
