-- Days to pay of stays in which they changed; the present ones follow.
delete from betalningsansvar where episode = any($1::bigint[])
