-- Which messages of a batch came before, with what was answered then.
-- $1 places in the batch, $2 sources, $3 message ids
-- Out: place, hash, outcome, recorded_at, episode's uuid
select k.place, f.hash, f.outcome, f.recorded_at, e.uuid
from unnest($1::integer[], $2::integer[], $3::text[]) as k(place, source, message_id)
join fact f on f.source = k.source and f.message_id = k.message_id
join episode e on e.episode = f.episode
