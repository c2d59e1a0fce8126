-- What no block holds.
-- Out: how many entries; the time of the oldest, or null; whether that is longer ago than a sealer may take ($1 ms)
with sealed as (
	select coalesce(range_agg(numbers), '{}') as numbers from access_seal
), span as (
	select unnest(int8multirange(int8range(0, null)) - numbers) as numbers from sealed
), loose as (
	select a.at
	from span
	cross join lateral (
		select a.at
		from access_entry a
		where a.nr >= lower(span.numbers) and a.nr < coalesce(upper(span.numbers), 9223372036854775807)
	) a
)
select count(*), min(at), coalesce(min(at) < clock_timestamp() - $1::bigint * interval '1 ms', false) from loose
