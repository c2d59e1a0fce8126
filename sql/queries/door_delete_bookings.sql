-- Times given back, or about to be taken anew. $1 episodes
delete from booking where episode = any($1::bigint[])
