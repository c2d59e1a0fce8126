-- From here on it is proved that every row is sealed (0022), not only those that are written.
alter table samordnad.endpoint validate constraint endpoint_sealed
