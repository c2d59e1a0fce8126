-- How far the feeds of these units have come.
-- $1 units
select unit, seq from samordnad.feed_head where unit = any($1::integer[])
