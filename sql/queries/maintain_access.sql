-- Forgets the entries of the oldest block of the access log, if all of them are past their time. The block stays, as a link of
-- the chain. No row: there is none.
-- $1 the policy, $2 its default, in months
-- Out: how many entries
with oldest as (
	select seal, numbers
	from access_seal
	where forgotten_at is null
		and sealed_at < pg_catalog.now() - make_interval(months => coalesce((
			select p.value::integer from policy p
			where p.policy = $1::text and p.scope = 'all' and p.from_at <= samordnad.now()
				and coalesce(p.to_at, 'infinity') > samordnad.now()), $2::integer))
	order by seal
	limit 1
), gone as (
	delete from access_entry a
	using oldest o
	where a.nr >= lower(o.numbers) and a.nr < upper(o.numbers) and a.nr <@ o.numbers
	returning 1
), marked as (
	update access_seal s set forgotten_at = clock_timestamp() from oldest o where s.seal = o.seal
	returning 1
)
select (select count(*) from gone) from marked
