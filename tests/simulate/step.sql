-- The simulator's clock: goes to an instant by way of everything that falls due up to it, inside the server, so that a
-- year of instants costs no trip each. grain: what falls due within it is looked at together, so an instant may be
-- looked at late by that much, but never after `until`: what is due before a message is done before it is posted.
create procedure samordnad.simulator_advance(until timestamptz, grain interval, patience interval, inout steps bigint)
language plpgsql as $$
declare
	due timestamptz;
	goal timestamptz;
	begun timestamptz;
begin
	loop
		select min(next_due) into due from samordnad.episode;
		exit when due is null or due > until;
		goal := least(due + grain, until);
		if goal > samordnad.now() then
			perform samordnad.test_clock_set(goal);
		end if;
		commit;
		steps := steps + 1;
		begun := clock_timestamp();
		while exists (select from samordnad.episode where next_due <= goal) loop
			perform pg_sleep(0.0005);
			if clock_timestamp() - begun > patience then
				raise exception 'what was due at % was not done', due;
			end if;
		end loop;
	end loop;
	if until > samordnad.now() then
		perform samordnad.test_clock_set(until);
	end if;
	commit;
end
$$;
