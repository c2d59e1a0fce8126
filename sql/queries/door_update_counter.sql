-- The last number that a patient was given. $1 patient
update patient_counter set patient = $1::bigint
