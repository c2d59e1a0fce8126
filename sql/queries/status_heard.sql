-- When units of the last $1 episodes were last heard: what a daemon starts with.
-- $1 episodes
select f.source, max(f.recorded_at)
from samordnad.fact f
where f.episode > (select coalesce(max(e.episode), 0) from samordnad.episode e) - $1::bigint and f.source <> 0
group by f.source
