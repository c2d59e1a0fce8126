-- All that is kept of episodes, each a line of JSON: the facts, which are the messages as they came and our own decisions
-- (without source), with our ids and times, and what came of them.
-- $1 episodes; words of $2 enum message_type, $3 outcome, $4 phase, $5 task_kind, $6 task_status, $7 breach_rule, $8 breach_cause
-- Out: line
select json_build_object('episode', e.uuid, 'org', e.org, 'encounter', e.encounter, 'opened_at', e.opened_at,
	'phase', ($4::text[])[e.phase + 1],
	'facts', (
		select json_agg(json_build_object('nr', f.nr, 'type', ($2::text[])[f.type + 1], 'source', u.hsa_id, 'id', f.message_id,
			'sent_at', f.sent_at, 'recorded_at', f.recorded_at, 'outcome', ($3::text[])[f.outcome + 1],
			'traceparent', f.traceparent, 'data', f.body::json) order by f.nr)
		from fact f
		left join unit u on u.unit = f.source
		where f.episode = e.episode),
	'participants', (
		select json_agg(json_build_object('unit', u.hsa_id, 'hospital', p.role = 0, 'active', p.active) order by u.hsa_id)
		from participant p
		join unit u on u.unit = p.unit
		where p.episode = e.episode),
	'tasks', (
		select json_agg(json_build_object('nr', t.nr, 'kind', ($5::text[])[t.kind + 1], 'unit', u.hsa_id, 'ref', t.ref,
			'status', ($6::text[])[t.status + 1], 'created_at', t.created_at, 'due_at', t.due_at, 'closed_at', t.closed_at)
			order by t.nr)
		from task t
		join unit u on u.unit = t.unit
		where t.episode = e.episode),
	'breaches', (
		select json_agg(json_build_object('rule', ($7::text[])[b.rule + 1], 'unit', u.hsa_id, 'ref', b.ref,
			'cause', ($8::text[])[b.cause + 1], 'due_at', b.due_at, 'done_at', b.done_at, 'stamped_at', b.stamped_at,
			'withdrawn_at', b.withdrawn_at) order by b.stamped_at)
		from breach b
		join unit u on u.unit = b.unit
		where b.episode = e.episode),
	'betalningsansvar', (
		select json_agg(json_build_object('kommun', to_char(b.kommun, 'FM0000'), 'month', b.month, 'days', b.days,
			'contested_days', b.contested_days, 'amount', b.amount) order by b.month, b.kommun)
		from betalningsansvar b
		where b.episode = e.episode))::text
from unnest($1::bigint[]) as n(episode)
join episode e on e.episode = n.episode
order by e.episode
