-- How many patients each person is fast vårdkontakt of now, and until when (B5, B6).
-- Out: staff, to_at (null: without end), how many
select staff, to_at, count(*)
from kontakt
where slag = 1 and (to_at is null or to_at > samordnad.now())
group by staff, to_at
