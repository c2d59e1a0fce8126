-- What is to be told of endpoints. Those that are not found were told already.
-- $1 places in the batch, $2 events
-- Out: place, unit, notice's type as a word, the seq at which the feed must still end or null
select k.place, e.unit, 'endpoint.' || e.what, e.after_seq
from unnest($1::integer[], $2::bigint[]) as k(place, event)
join endpoint_event e on e.event = k.event
