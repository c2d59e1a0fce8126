-- A client may be bound to a certificate: its token then counts only with the client certificate that holds this HSA-id, as the
-- proxy in front says. Null: with any, or none. A daemon from before this does not look: bind when none is left.
alter table client add column certificate text collate "C" check (certificate ~ '^SE[0-9]{10}-[0-9A-Za-z]{1,18}$');
