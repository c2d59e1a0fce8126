-- Holds the cursors of a unit's endpoints, as a replay does (replay_scope): what one has put to wait is seen from here on, or is
-- put after this transaction.
-- $1 unit
select endpoint from endpoint_cursor where unit = $1::integer order by endpoint for update
