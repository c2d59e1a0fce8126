-- The first notices of a unit's feed, up to a seq, each a line of JSON.
-- $1 unit, $2 below which seq, $3 at most how many; $4 words of enum notice_type, $5 of enum task_kind
-- Out: seq, line
select n.seq, json_build_object('notis', u.hsa_id || ':' || n.seq, 'at', n.at,
	'type', ($4::text[])[n.type + 1], 'episode', e.uuid, 'fact_nr', n.fact_nr, 'task_nr', n.task_nr,
	'task', ($5::text[])[n.task_kind + 1], 'due_at', n.due_at, 'detail', n.detail, 'endpoint', n.endpoint, 'since', n.since)::text
from notice n
join unit u on u.unit = n.unit
left join lateral (select i.uuid from episode i where i.episode = n.episode offset 0) e on true
where n.unit = $1::integer and n.seq < $2::bigint
order by n.seq
limit $3::bigint
