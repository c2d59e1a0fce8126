-- In: the session's settings samordnad.report_role, a role, and samordnad.daemon_role, another or none. Out: nothing; afterwards the
-- first may read the views of samordnad_report, of which report_grant says which rows, and nothing else of this database's. Run
-- by the owner after the migrations.
-- Errors: 42704, there is no such role; P0001, it is the daemon's, or one that may act as the owner.
do $$
declare
	report constant text := current_setting('samordnad.report_role');
	daemon constant text := current_setting('samordnad.daemon_role', true);
	other text;
begin
	if report = daemon or pg_has_role(report, current_user, 'member')
		or exists (select from pg_roles r where r.rolname = daemon and pg_has_role(report, r.oid, 'member')) then
		raise '% is the daemon''s role, or may act as the owner or as that', report;
	end if;
	-- Who had this before has it no more.
	for other in
		select distinct a.grantee::regrole::text
		from pg_class c
		cross join lateral aclexplode(c.relacl) a
		where c.relnamespace = 'samordnad_report'::regnamespace and a.grantee <> 0 and a.grantee <> c.relowner
	loop
		execute format('revoke all on all tables in schema samordnad_report from %s', other);
		execute format('revoke all on schema samordnad_report from %s', other);
	end loop;
	execute format('revoke all on schema samordnad from %I', report);
	execute format('revoke all on all tables in schema samordnad from %I', report);
	execute format('revoke all on all tables in schema samordnad_report from %I', report);
	execute format('grant usage on schema samordnad_report to %I', report);
	execute format('grant select on all tables in schema samordnad_report to %I', report);
end
$$;
