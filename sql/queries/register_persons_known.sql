-- Which of the HSA-ids $1 are persons of the register.
select hsa_id from staff where hsa_id = any($1::text[])
