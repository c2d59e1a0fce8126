-- Removes the beginning of a unit's feed, unless it is needed after all, and records how much. Behind gallring_cursors.
-- $1 unit, $2 below which seq; $3 organisation, $4 before when, $5 who ordered it; $6 file, $7 its bytes, $8 its SHA-256
-- Out: how many
with gone as (
	delete from notice n
	where n.unit = $1::integer and n.seq < $2::bigint and n.seq < (select f.seq from feed_needed f where f.unit = $1::integer)
	returning 1
), counted as (
	select count(*) as notices from gone
), recorded as (
	insert into gallring (kind, org, before, ordered_by, file, bytes, sha256, episodes, facts, notices)
	select 'notiser', $3::bigint, $4::timestamptz, $5::text, $6::text, $7::bigint, $8::text, 0, 0, notices
	from counted where notices > 0
	on conflict (file, kind, org, before) do update
	set bytes = excluded.bytes, sha256 = excluded.sha256, notices = gallring.notices + excluded.notices
)
select notices from counted
