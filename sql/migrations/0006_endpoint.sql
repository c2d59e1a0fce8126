-- Endpoints: a secret that is being replaced.
-- min_daemon: 5

-- While a secret is being replaced each push is signed by both. Real time: signatures use it (law 6).
alter table endpoint
	add column secret_before text collate "C" check (secret_before ~ '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$'),
	add column secret_before_until timestamptz,
	add constraint endpoint_secret_before check ((secret_before is null) = (secret_before_until is null));
