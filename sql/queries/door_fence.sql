-- Before a batch writes: is all that it read still there (migrations/0024)? Until it commits nothing is removed.
-- $1 instance.gallring_version when it began to read, $2 episodes that it changes; $3 system and $4 varde of the identities whose
-- patients it knows
-- Errors: 40001, something was removed meanwhile
select samordnad.gallring_fence($1::bigint, $2::bigint[], $3::text[], $4::text[])
