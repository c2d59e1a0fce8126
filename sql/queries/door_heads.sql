-- The last seq of each unit's feed.
-- Out: unit, seq
select unit, seq from feed_head
