-- The newest applied migration, and the oldest daemon that can live with the schema; 0 and 0 if none was applied.
select coalesce(max(version), 0), coalesce(max(min_daemon), 0) from samordnad.schema_version
