-- Stays of which what is kept for the reports lacks something (a discharge's time; a year's amount, F5) or has another amount than
-- the policies say. They are planned anew though they are over, when that is asked for (queries/rederive, queries/scheduler_open).
-- min_daemon: 5

-- Which amount is in force is reckoned in the daemon (region_policy_pair): here only whether that is to be done again.
create view lacking as
	select episode from follow_up where utskriven_at is null
	union
	select b.episode
	from betalningsansvar b
	where b.amount is null or b.amount <> b.days * (
		select p.value::integer
		from policy p
		where p.policy = 'pay_amount' and tstzrange(p.from_at, p.to_at)
				@> make_timestamptz(b.month / 100, 1, 1, 0, 0, 0, 'Europe/Stockholm')
			and (p.region is null or p.region = (select u.region from unit u where u.unit = b.hospital))
			and (p.kommun is null or p.kommun = b.kommun)
		order by p.kommun is null, p.region is null
		limit 1);

-- It was for those that lack an amount alone.
drop index betalningsansvar_lacks;
