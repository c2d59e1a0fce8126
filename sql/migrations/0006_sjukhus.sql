-- G5: the name of the hospital that a ward is part of; what is masked shows that, or none.
-- min_daemon: 5

alter table unit add column sjukhus text not null default '' check (octet_length(sjukhus) <= 127);
