-- In: $1 a setting, daemon_role or report_role, $2 its role. Out: the role; afterwards the grants in this session are about it.
select set_config('samordnad.' || $1::text, $2::text, false)
