-- Writes the table of endpoints anew (a column is given the type that it has), so that no row of before leaves its bytes there.
alter table samordnad.endpoint alter column secret type bytea using secret || ''
