-- Forgets tokens that expired more than $1 days ago.
delete from client_token where expires_at < clock_timestamp() - make_interval(days => $1::integer)
