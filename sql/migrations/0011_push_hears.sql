-- Push: the workers hear at once of an endpoint that is changed; the alarm finds the notice that has waited for longest.
-- min_daemon: 5

-- Whoever holds its lease looks at it; renewal of the lease, every few seconds, is the truth.
create function samordnad.endpoint_changed() returns trigger
	language plpgsql
	as $$
begin
	perform pg_notify('samordnad_endpoint', '');
	return null;
end
$$;
create trigger endpoint_changed after update on endpoint
	for each statement execute function samordnad.endpoint_changed();

create index undelivered_waiting on undelivered (endpoint, first_at) where state = 0;
