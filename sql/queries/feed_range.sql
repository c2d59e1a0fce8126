-- What is kept of a unit's feed: its first seq (one above the head if nothing is kept) and its head.
-- $1 unit
select u.hsa_id, i.epoch, coalesce(h.seq, 0) as head,
	coalesce((select n.seq from samordnad.notice n where n.unit = u.unit order by n.seq limit 1),
		coalesce(h.seq, 0) + 1) as first_seq
from samordnad.unit u
cross join samordnad.instance i
left join samordnad.feed_head h on h.unit = u.unit
where u.unit = $1::integer
