-- One episode, with the legal clock by which its view is reckoned.
-- $1 episode
select e.uuid, e.org, e.encounter, e.phase, e.opened_at, e.state, samordnad.now()
from samordnad.episode e
where e.episode = $1::bigint
