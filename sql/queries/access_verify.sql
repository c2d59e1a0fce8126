-- Goes through the next blocks of the chain.
-- $1 behind which, $2 at most how many; $3 months: before that nothing may be forgotten
-- Out, by seal: seal; entries; sealed_at; hash in hex; whether it hangs on the block before it; whether its entries are what was
-- sealed (null: they are forgotten, and were old enough)
select s.seal, s.entries, s.sealed_at, encode(s.hash, 'hex'),
	(s.seal = 1 or b.seal is not null)
		and s.hash = access_hash(b.hash, s.seal, s.numbers, s.entries, s.sealed_at, s.digest) as linked,
	case when s.forgotten_at is null then d.entries = s.entries and d.digest = s.digest
		when s.sealed_at > clock_timestamp() - make_interval(months => $3::integer) or d.entries > 0 then false end as whole
from (select * from access_seal where seal > $1::bigint order by seal limit $2::bigint) s
left join lateral (select b.seal, b.hash from access_seal b where b.seal = s.seal - 1 offset 0) b on true
cross join lateral access_digest(s.numbers) d
order by s.seal
