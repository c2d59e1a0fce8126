-- Heartbeats for silent feeds. The door tells each only if the feed still ends where it was seen to.
-- $1 units, $2 the seqs where their feeds end
insert into endpoint_event (unit, what, after_seq)
select unit, 'heartbeat', seq from unnest($1::integer[], $2::bigint[]) as r (unit, seq)
