-- In: the session's setting samordnad.daemon_role, a role. Out: nothing; afterwards that role may do what the daemon does and nothing
-- else: no change of the schema, no change or deletion of what was said, told or attempted. Run by the owner after the migrations.
-- Errors: 42704, there is no such role; P0001, it owns the schema, or may act as its owner.
do $$
declare
	daemon constant text := current_setting('samordnad.daemon_role');
	-- What is only added to: the history of stays, the feeds, the log of deliveries, of what was sent
	-- again, of access, of the register, of what was removed, and the schema.
	history constant text :=
		'fact, notice, attempt, replay, access_entry, access_seal, register_log, gallring, schema_version';
	-- What is not history: it says how things stand, and is written anew.
	standing constant text := 'absence, betalningsansvar, booking, endpoint_event, follow_up, identitet, policy, undelivered';
begin
	if pg_has_role(daemon, current_user, 'member') then
		raise '% owns the schema, or may act as its owner: give the schema to another role (README, Operations)', daemon;
	end if;
	execute format('grant usage on schema samordnad to %I', daemon);
	execute format('revoke all on all tables in schema samordnad from %I', daemon);
	execute format('grant select, insert, update on all tables in schema samordnad to %I', daemon);
	execute format('revoke update on %s from %I', history, daemon);
	execute format('revoke insert on gallring, schema_version, register_log, access_entry from %I', daemon);
	-- Neither number nor time of an entry is the daemon's to choose.
	execute format('grant insert (client, episode, patient, unit, fact_nr, action, person) on access_entry to %I', daemon);
	execute format('revoke all on report_grant from %I', daemon);
	-- A new endpoint's number is known before it is there (queries/endpoint_place).
	execute format('grant usage on sequence endpoint_endpoint_seq to %I', daemon);
	execute format('grant delete on %s to %I', standing, daemon);
end
$$;
