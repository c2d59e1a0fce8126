-- Whom the identities of a batch mean.
-- $1 places in the batch, $2 systems, $3 values
-- Out: place, patient, the identity's own patient or null
select k.place, i.patient, i.own
from unnest($1::integer[], $2::text[], $3::text[]) as k(place, system, varde)
join identitet i on i.system = k.system and i.varde = k.varde
