-- What an admin does is recorded: each statement that changes the register, whoever runs it, leaves a row in its own transaction.
-- Over HTTP the connection says which client and person it is (queries/register_caller); the verbs of the command line, and who
-- changes a table by hand, are known by their role.
-- min_daemon: 19

create table register_log (
	nr bigint generated always as identity primary key,
	at timestamptz not null default clock_timestamp(),
	role name not null default session_user,
	client bigint,                            -- null: not over HTTP
	person text not null,                     -- HSA-id that the caller named (samordnad-person), or ''
	what name not null,                       -- the table
	how text not null,                        -- INSERT, UPDATE, DELETE or TRUNCATE
	rows integer not null,
	about jsonb not null                      -- of the first hundred rows: which, and what rights they have now; no secret, no name
);

-- In: the rows that a statement changed. Out: a row of the log, if there were any. Runs as the schema's owner: nobody else writes
-- there.
create function register_logged() returns trigger
	language plpgsql
	security definer
	set search_path = samordnad, pg_catalog, pg_temp
	as $$
declare
	count integer;
	about jsonb;
begin
	if tg_op = 'TRUNCATE' then
		insert into samordnad.register_log (person, what, how, rows, about) values ('', tg_table_name, tg_op, 0, '[]');
		return null;
	end if;
	select max(r.row), jsonb_agg(r.about) filter (where r.row <= 100)
	into count, about
	from (
		select row_number() over () as row, jsonb_strip_nulls(jsonb_build_object('unit', c.j -> 'unit', 'staff', c.j -> 'staff',
			'slot', c.j -> 'slot', 'standing_decision', c.j -> 'standing_decision', 'policy_row', c.j -> 'policy_row',
			'policy', c.j -> 'policy', 'client', c.j -> 'client', 'roles', c.j -> 'roles', 'certificate', c.j -> 'certificate',
			'revoked_at', c.j -> 'revoked_at', 'endpoint', c.j -> 'endpoint', 'status', c.j -> 'status',
			'role', c.j -> 'role', 'org', case when c.j ? 'role' then c.j -> 'org' end)) as about
		from (select to_jsonb(changed) as j from changed) c
	) r;
	if count > 0 then
		insert into samordnad.register_log (client, person, what, how, rows, about)
		values (nullif(current_setting('samordnad.client', true), '')::bigint,
			coalesce(current_setting('samordnad.person', true), ''), tg_table_name, tg_op, count, about);
	end if;
	return null;
end
$$;

do $$
declare
	t text;
begin
	foreach t in array array['unit', 'staff', 'absence', 'slot', 'standing_decision', 'policy', 'client', 'client_unit',
		'client_token', 'endpoint'] loop
		execute format('create trigger register_logged_insert after insert on samordnad.%I referencing new table as changed
			for each statement execute function samordnad.register_logged()', t);
		execute format('create trigger register_logged_update after update on samordnad.%I referencing new table as changed
			for each statement execute function samordnad.register_logged()', t);
		execute format('create trigger register_logged_delete after delete on samordnad.%I referencing old table as changed
			for each statement execute function samordnad.register_logged()', t);
		execute format('create trigger register_logged_truncate after truncate on samordnad.%I
			for each statement execute function samordnad.register_logged()', t);
	end loop;
end
$$;
