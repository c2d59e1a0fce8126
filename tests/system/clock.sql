-- Replaces the legal clock by one that a test sets: real time plus an offset, kept in a table of one row. Only the
-- tests' databases ever see this file. The scheduler listens to samordnad_clock and looks again when it is told.
create table samordnad.test_clock (
	ahead interval not null default interval '0'
);
insert into samordnad.test_clock default values;
grant select on samordnad.test_clock to public;

create or replace function samordnad.now() returns timestamptz
language sql stable as 'select clock_timestamp() + ahead from samordnad.test_clock';

create function samordnad.test_clock_set(instant timestamptz) returns void
language sql as $$
	update samordnad.test_clock set ahead = instant - clock_timestamp();
	notify samordnad_clock;
$$;

-- Goes to an instant by way of everything that falls due up to it, inside the server, so that an instant costs no trip.
-- grain: what falls due within it is looked at together, so an instant may be looked at late by that much, but never
-- after `until`: what is due before a message is done before it is posted.
create procedure samordnad.test_clock_advance(until timestamptz, grain interval, patience interval, inout steps bigint)
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
			perform pg_sleep(0.001);
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
