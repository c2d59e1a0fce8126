-- The episodes that a batch is about.
-- $1 episodes by number; $2 organisations and $3 the names that they gave
-- Out: episode, uuid, org, encounter, patient, phase, opened_at, next_due, last_nr, state, measures_digest
select e.episode, e.uuid, e.org, e.encounter, e.patient, e.phase, e.opened_at, e.next_due, e.last_nr, e.state, e.measures_digest
from unnest($1::bigint[]) as i(episode)
join episode e on e.episode = i.episode
union all
select e.episode, e.uuid, e.org, e.encounter, e.patient, e.phase, e.opened_at, e.next_due, e.last_nr, e.state, e.measures_digest
from unnest($2::bigint[], $3::text[]) as k(org, encounter)
join episode e on e.org = k.org and e.encounter = k.encounter
