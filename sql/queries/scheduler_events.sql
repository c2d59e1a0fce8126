-- What waits to be told of endpoints, the oldest first.
-- $1 at most how many
-- Out: event
select event from endpoint_event order by event limit $1::bigint
