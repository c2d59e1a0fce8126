-- The last seq of the other feeds that a batch wrote to. Arrays of one length.
update feed_head h
set seq = n.seq
from unnest($1::integer[], $2::bigint[]) as n(unit, seq)
where h.unit = n.unit
