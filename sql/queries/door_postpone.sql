-- An episode whose instant cannot be handled is looked at again in an hour. $1 episode
update episode set next_due = samordnad.now() + interval '1 hour' where episode = $1::bigint
