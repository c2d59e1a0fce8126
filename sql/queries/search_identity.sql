-- Whom an identity means (G4).
-- $1 system, $2 value
select i.patient from samordnad.identitet i where i.system = $1::text and i.varde = $2::text
