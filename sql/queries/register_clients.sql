-- All clients that are not revoked.
select client, name, org, roles, coalesce(revoked_at, 'infinity'), coalesce(certificate, '')
from client
where revoked_at is null or revoked_at > clock_timestamp()
order by client
