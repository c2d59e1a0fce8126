-- All clients, for people.
select c.name, c.org, array_to_string(c.roles, ',') as roles,
	coalesce((select string_agg(u.hsa_id, ',' order by u.hsa_id) from client_unit cu join unit u using (unit)
		where cu.client = c.client), 'all units') as units,
	coalesce('certificate ' || c.certificate, 'any certificate or none') as certificate,
	case when c.revoked_at is not null then 'revoked ' || to_char(c.revoked_at at time zone 'UTC', 'YYYY-MM-DD')
	else (select count(*) || case count(*) when 1 then ' token' else ' tokens' end
			|| coalesce(string_agg(', one ends ' || to_char(t.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), ''
				order by t.expires_at), '')
		from client_token t
		where t.client = c.client and (t.expires_at is null or t.expires_at > clock_timestamp())) end as state
from client c
order by c.name, c.client
