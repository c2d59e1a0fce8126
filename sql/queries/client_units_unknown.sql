-- Those of the HSA-ids $1 that no unit in the register has.
select h from unnest($1::text[]) h where not exists (select from unit where hsa_id = h) group by h order by h
