-- How many patients each person is fast vårdkontakt of now (B5, B6).
select staff, count(*)
from kontakt
where slag = 1 and (to_at is null or to_at > samordnad.now())
group by staff
