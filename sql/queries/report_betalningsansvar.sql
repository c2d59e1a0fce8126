-- Betalningsansvar by payer, hospital and month of the days, and in total. A proposal (F7).
-- $1 from and $2 to, months as 202605; $3 kommun, $4 hospital, 0: all
-- Out: is this the total, kommun, hospital, month, stays, days, of which contested, kr (null: the year of some day has no amount)
select grouping(b.kommun) = 1, b.kommun, b.hospital, b.month, count(distinct b.episode), coalesce(sum(b.days), 0),
	coalesce(sum(b.contested_days), 0), case when count(b.amount) = count(*) then sum(b.amount) end
from betalningsansvar b
where b.month between $1::integer and $2::integer and ($3::integer = 0 or b.kommun = $3::integer)
	and ($4::integer = 0 or b.hospital = $4::integer)
group by grouping sets ((b.kommun, b.hospital, b.month), ())
order by grouping(b.kommun), b.kommun, b.hospital, b.month
