-- What the whole of the law asks beyond the main way of a stay.
-- min_daemon: 1

-- A patient's stays: search (contract.md §3), and what a new one follows (G2, G7).
create index episode_patient on episode (patient, episode) where patient is not null;
