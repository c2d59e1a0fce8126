-- Endpoints: a secret that is being replaced, what is sent with each push, whom TLS trusts; who had notices sent again.
-- min_daemon: 5

-- While a secret is being replaced each push is signed by both. Real time: signatures use it (law 6).
alter table endpoint
	add column secret_before text collate "C" check (secret_before ~ '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$'),
	add column secret_before_until timestamptz,
	add constraint endpoint_secret_before check ((secret_before is null) = (secret_before_until is null));

-- headers: "name: value" each. ca: whom TLS trusts instead of the system's list. client_cert, client_key: who we are. PEM.
alter table endpoint
	add column headers text[] not null default '{}' check (cardinality(headers) <= 20),
	add column ca text check (octet_length(ca) <= 200000),
	add column client_cert text check (octet_length(client_cert) <= 200000),
	add column client_key text check (octet_length(client_key) <= 200000),
	add constraint endpoint_client_cert check ((client_cert is null) = (client_key is null));

-- Who had notices sent again, and which: one, all that failed since, or all that are missing since.
create table replay (
	replay bigint generated always as identity primary key,
	endpoint bigint not null references endpoint,
	at timestamptz not null default clock_timestamp(),
	client bigint not null references client,
	person text collate "C",                  -- HSA-id of who stood behind the call, as the client said
	what text not null check (what in ('one', 'failed_since', 'missing_since')),
	seq bigint,
	since timestamptz,
	count integer not null,
	check ((seq is not null) = (what = 'one') and (since is null) = (what = 'one'))
);
create index replay_endpoint on replay (endpoint, replay);
