-- What endpoints keep secret lies sealed under a key that is not in the database (daemon/seal): their secrets, what their headers
-- say, their client certificates' keys. This file cannot know the key: it only makes room, and what was plain stays so, as bytes,
-- until the same run of `migrate` has sealed it. From here on the table takes nothing plain; `migrate` proves it of all rows.
-- min_daemon: 22

alter table endpoint
	drop constraint endpoint_secret_check,
	drop constraint endpoint_secret_before_check,
	drop constraint endpoint_client_key_check,
	add column header_lines bytea;            -- "name: value" each, a line feed between them; null: no headers
update endpoint set header_lines = convert_to(array_to_string(headers, e'\n'), 'UTF8'),
	headers = array(select split_part(line, ':', 1) from unnest(headers) with ordinality x (line, nr) order by nr)
where headers <> '{}';
alter table endpoint
	alter column secret type bytea using convert_to(secret, 'UTF8'),
	alter column secret_before type bytea using convert_to(secret_before, 'UTF8'),
	alter column client_key type bytea using convert_to(client_key, 'UTF8'),
	add constraint endpoint_headers check ((header_lines is null) = (headers = '{}')),
	-- Its version byte: no text begins with it. What no key opens is found by who opens it.
	add constraint endpoint_sealed check (get_byte(secret, 0) = 1 and get_byte(secret_before, 0) = 1
		and get_byte(header_lines, 0) = 1 and get_byte(client_key, 0) = 1) not valid;
comment on column endpoint.headers is 'their names';
