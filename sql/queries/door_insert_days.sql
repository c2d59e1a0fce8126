-- Days to pay, by payer and month. Arrays of one length.
insert into betalningsansvar (episode, month, kommun, hospital, days, contested_days, amount, unprotected)
select * from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::integer[], $5::smallint[], $6::smallint[],
	$7::integer[], $8::boolean[])
