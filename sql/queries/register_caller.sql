-- In whose name the connection changes the register from now on (0020).
-- $1 client, $2 person (HSA-id), or ''
select set_config('samordnad.client', $1::bigint::text, false), set_config('samordnad.person', $2::text, false)
