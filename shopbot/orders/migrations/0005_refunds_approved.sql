-- A refund is planned until somebody has agreed to it or the goods were inspected, then approved: to be
-- paid. Before, it stayed planned until it was paid.
UPDATE refunds SET state = 'approved', version = version + 1
WHERE state = 'planned' AND (
  case_id IS NULL
  OR case_id IN (
    SELECT id FROM order_cases
    WHERE (kind = 'return' AND state = 'inspected') OR (kind = 'refund' AND state = 'approved')
  )
);
