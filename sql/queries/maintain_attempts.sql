-- Forgets attempts at deliveries that began more than $1 days ago and whose notice has arrived or was given up on.
delete from attempt a
where a.at < clock_timestamp() - make_interval(days => $1::integer)
	and not exists (select from undelivered u where u.endpoint = a.endpoint and u.seq = a.seq and u.state = 0)
