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
