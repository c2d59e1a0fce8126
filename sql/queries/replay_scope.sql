-- Takes an endpoint for a replay: while this transaction lasts no worker records anything of it. What of its unit's feed is
-- kept, and since when it is known what had arrived. No row: there is no such endpoint.
-- $1 endpoint
select c.unit, c.next_seq, e.created_at, n.seq as first_seq, n.at as first_at, i.deliveries_from
from samordnad.endpoint e
join samordnad.endpoint_cursor c on c.endpoint = e.endpoint
cross join samordnad.instance i
left join lateral (select * from samordnad.notice n where n.unit = c.unit order by n.seq limit 1) n on true
where e.endpoint = $1::bigint and e.status <> 'deleted'
for update of c
