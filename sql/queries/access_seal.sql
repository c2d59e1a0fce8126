-- Seals the next block: of the entries that no block holds yet, those with the lowest numbers. Looked for are the numbers behind
-- the last block, and those that were not there when others around them were sealed: for as long as the last $2 blocks reach.
-- $1 at most how many entries, $2 how many blocks back
-- Out: no row if there is nothing to seal; else seal, entries, sealed_at, hash in hex
with sealed as (
	select range_agg(s.numbers) as numbers
	from (select numbers from access_seal order by seal desc limit $2::bigint) s
), span as (
	select unnest(int8multirange(int8range(coalesce(lower(numbers), 0), null)) - coalesce(numbers, '{}')) as numbers
	from sealed
), next as (
	select a.nr
	from span
	cross join lateral (
		select a.nr
		from access_entry a
		where a.nr >= lower(span.numbers) and a.nr < coalesce(upper(span.numbers), 9223372036854775807)
		order by a.nr
		limit $1::bigint
	) a
	order by a.nr
	limit $1::bigint
), block as (
	select range_agg(int8range(nr, nr, '[]')) as numbers, clock_timestamp() as sealed_at from next
)
insert into access_seal (seal, numbers, entries, sealed_at, digest, hash)
select coalesce(last.seal, 0) + 1, block.numbers, d.entries, block.sealed_at, d.digest,
	access_hash(last.hash, coalesce(last.seal, 0) + 1, block.numbers, d.entries, block.sealed_at, d.digest)
from block
left join (select seal, hash from access_seal order by seal desc limit 1) last on true
cross join lateral access_digest(block.numbers) d
where block.numbers is not null
returning seal, entries, sealed_at, encode(hash, 'hex')
